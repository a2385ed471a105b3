/* System calls and posix_spawn(3), with numbers and the memory of views for parameters. */
#include <errno.h>
#include <spawn.h>
#include <unistd.h>

#include "native.h"

/* The last system call's: the engine makes calls of its own in between. */
static int call_errno;

uint8_t *view_bytes(JSContext *ctx, JSValueConst view, size_t *length) {
  size_t offset, size;
  JSValue buffer = JS_GetTypedArrayBuffer(ctx, view, &offset, length, NULL);
  if (JS_IsException(buffer)) return NULL;
  uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, buffer);
  /* The view holds its buffer. */
  JS_FreeValue(ctx, buffer);
  return bytes == NULL ? NULL : bytes + offset;
}

/* A parameter of a system call: a number, a view's address, or zero for null and what is left out. 0, or -1 with an exception. */
static int word_of(JSContext *ctx, JSValueConst value, int64_t *word) {
  if (JS_IsNumber(value)) return JS_ToInt64(ctx, word, value);
  if (JS_IsNull(value) || JS_IsUndefined(value)) {
    *word = 0;
    return 0;
  }
  size_t length;
  uint8_t *bytes = view_bytes(ctx, value, &length);
  *word = (intptr_t)bytes;
  return bytes == NULL ? -1 : 0;
}

#define WORDS 7

static int words_of(JSContext *ctx, int argc, JSValueConst *argv, int64_t words[WORDS]) {
  for (int index = 0; index < WORDS; index++) {
    words[index] = 0;
    if (index < argc && word_of(ctx, argv[index], &words[index]) < 0) return -1;
  }
  return 0;
}

NATIVE(native_syscall) {
  int64_t w[WORDS];
  if (words_of(ctx, argc, argv, w) < 0) return JS_EXCEPTION;
  long result = syscall(w[0], w[1], w[2], w[3], w[4], w[5], w[6]);
  call_errno = errno;
  return JS_NewInt64(ctx, result);
}

NATIVE(native_errno) {
  return JS_NewInt32(ctx, call_errno);
}

NATIVE(native_address_of) {
  int64_t word;
  if (word_of(ctx, argv[0], &word) < 0) return JS_EXCEPTION;
  return JS_NewInt64(ctx, word);
}

NATIVE(native_posix_spawn) {
  int64_t w[WORDS];
  if (words_of(ctx, argc, argv, w) < 0) return JS_EXCEPTION;
  return JS_NewInt32(ctx, posix_spawn((pid_t *)w[0], (const char *)w[1], (const posix_spawn_file_actions_t *)w[2],
                                      (const posix_spawnattr_t *)w[3], (char *const *)w[4], (char *const *)w[5]));
}
