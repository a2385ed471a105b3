/*
 * The CNI executables on QuickJS: an engine whose programs start in a millisecond. This file is all that such an executable has beside
 * ECMAScript: system calls, the bytes of texts, its command line and environment, its end. kernel/quickjs/native.ts says what each function takes.
 *
 * The programs are bytecode that the build made of cni/programs, and no text is ever compiled: neither `eval` nor `Function` is there.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "native.h"
#include "programs.h"

extern char **environ;

static int command_line_words;
static char **command_line;

static JSValue text_from(JSContext *ctx, const char *word) {
  return text_of(ctx, (const uint8_t *)word, strlen(word));
}

static NATIVE(native_arguments) {
  JSValue words = JS_NewArray(ctx);
  for (int index = 0; index < command_line_words; index++)
    JS_SetPropertyUint32(ctx, words, index, text_from(ctx, command_line[index]));
  return words;
}

static NATIVE(native_environment) {
  JSValue variables = JS_NewArray(ctx);
  for (int index = 0; environ[index] != NULL; index++)
    JS_SetPropertyUint32(ctx, variables, index, text_from(ctx, environ[index]));
  return variables;
}

static NATIVE(native_exit) {
  int32_t status;
  if (JS_ToInt32(ctx, &status, argv[0]) < 0) return JS_EXCEPTION;
  _exit(status);
}

/* A module's failure is a promise's. */
static JSValue run_program(JSContext *ctx, const struct program *program) {
  JSValue code = JS_ReadObject(ctx, program->code, *program->size, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(code)) return code;
  JSValue promise = JS_EvalFunction(ctx, code);
  if (JS_IsException(promise) || JS_PromiseState(ctx, promise) != JS_PROMISE_REJECTED) return promise;
  return JS_Throw(ctx, JS_PromiseResult(ctx, promise));
}

static NATIVE(native_program) {
  const char *name = JS_ToCString(ctx, argv[0]);
  if (name == NULL) return JS_EXCEPTION;
  for (const struct program *program = programs; program->name != NULL; program++)
    if (strcmp(program->name, name) == 0) {
      JS_FreeCString(ctx, name);
      return run_program(ctx, program);
    }
  JSValue error = JS_ThrowReferenceError(ctx, "no program %s", name);
  JS_FreeCString(ctx, name);
  return error;
}

static const JSCFunctionListEntry native_functions[] = {
    JS_CFUNC_DEF("syscall", 7, native_syscall),
    JS_CFUNC_DEF("errno", 0, native_errno),
    JS_CFUNC_DEF("addressOf", 1, native_address_of),
    JS_CFUNC_DEF("posixSpawn", 6, native_posix_spawn),
    JS_CFUNC_DEF("utf8Text", 3, native_utf8_text),
    JS_CFUNC_DEF("latin1Text", 3, native_latin1_text),
    JS_CFUNC_DEF("utf8Length", 1, native_utf8_length),
    JS_CFUNC_DEF("utf8Write", 3, native_utf8_write),
    JS_CFUNC_DEF("arguments", 0, native_arguments),
    JS_CFUNC_DEF("environment", 0, native_environment),
    JS_CFUNC_DEF("exit", 1, native_exit),
    JS_CFUNC_DEF("program", 1, native_program),
};

#define LENGTH_OF(array) (sizeof(array) / sizeof(array)[0])

/* All of ECMAScript that the programs use. */
static JSContext *context_of(JSRuntime *rt) {
  JSContext *ctx = JS_NewContextRaw(rt);
  if (ctx == NULL) return NULL;
  JS_AddIntrinsicBaseObjects(ctx);
  JS_AddIntrinsicDate(ctx);
  JS_AddIntrinsicRegExpCompiler(ctx);
  JS_AddIntrinsicRegExp(ctx);
  JS_AddIntrinsicJSON(ctx);
  JS_AddIntrinsicMapSet(ctx);
  JS_AddIntrinsicTypedArrays(ctx);
  JS_AddIntrinsicPromise(ctx);
  JSValue global = JS_GetGlobalObject(ctx), native = JS_NewObject(ctx);
  JS_SetPropertyFunctionList(ctx, native, native_functions, LENGTH_OF(native_functions));
  JS_SetPropertyStr(ctx, global, "native", native);
  JS_FreeValue(ctx, global);
  return ctx;
}

#define MOST_STACK (4 << 20)

/* Half of what the process may use: the engine measures only its own frames. */
static size_t stack_size(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur > 2 * MOST_STACK) return MOST_STACK;
  return limit.rlim_cur / 2;
}

/* A file opened later must not become the standard output of whoever closed his. */
static void open_standard_files(void) {
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) _exit(1);
}

/* Cycles among objects are looked for when so many bytes are used, not before: a call lives for milliseconds. */
#define COLLECT_BYTES (64 << 20)

int main(int argc, char **argv) {
  command_line_words = argc;
  command_line = argv;
  open_standard_files();
  /* A reader that is gone is the failure of a write. */
  signal(SIGPIPE, SIG_IGN);
  JSRuntime *rt = JS_NewRuntime();
  if (rt == NULL) return 1;
  JS_SetCanBlock(rt, 1);
  JS_SetMaxStackSize(rt, stack_size());
  JS_SetGCThreshold(rt, COLLECT_BYTES);
  JSContext *ctx = context_of(rt);
  if (ctx == NULL) return 1;
  if (!JS_IsException(run_program(ctx, &programs[0]))) return 0;
  const char *message = JS_ToCString(ctx, JS_GetException(ctx));
  fprintf(stderr, "%s\n", message == NULL ? "out of memory" : message);
  return 1;
}
