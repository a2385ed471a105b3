/* What runtime.c is made of: the functions that a program finds in the global `native` (native.ts says what each takes). */
#ifndef SELVEDGE_NATIVE_H
#define SELVEDGE_NATIVE_H

#include <stddef.h>
#include <stdint.h>

#include "quickjs.h"

/* A parameter list that QuickJS calls. */
#define NATIVE(name) JSValue name(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv)

/* calls.c */
NATIVE(native_syscall);
NATIVE(native_errno);
NATIVE(native_address_of);
NATIVE(native_posix_spawn);

/* text.c */
NATIVE(native_utf8_text);
NATIVE(native_latin1_text);
NATIVE(native_utf8_length);
NATIVE(native_utf8_write);

/* The memory of a typed array, and its length in bytes. NULL with an exception. (calls.c) */
uint8_t *view_bytes(JSContext *ctx, JSValueConst view, size_t *length);

/* A text of bytes that should be UTF-8. (text.c) */
JSValue text_of(JSContext *ctx, const uint8_t *bytes, size_t length);

#endif
