import { testRecordedCases } from './replay-tests.ts'

testRecordedCases('portmap')
