import { testRecordedCases } from './replay-tests.ts'

testRecordedCases('host-local', 'loopback')
