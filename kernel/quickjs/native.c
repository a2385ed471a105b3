/* The functions that programs have beside ECMAScript (native.ts says what each takes and gives). */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine.h"

int command_line_words;
char **command_line;
extern char **environ;

/* The last system call's: the engine makes calls of its own in between. */
static int call_errno;

#define IN(index) integer_in(parameters, index)
#define POINTER(index) ((void *)IN(index))
#define NOTHING 0
#define STACK_ALIGNMENT 16

static u32 make_system_call(u32 parameters) {
  long result = syscall(IN(0), IN(1), IN(2), IN(3), IN(4), IN(5), IN(6));
  call_errno = errno;
  return integer_out(result);
}

static u32 buffer_address(u32 parameters) {
  /* Room for the length, on the engine's own stack. */
  engine.w2c_g0 -= STACK_ALIGNMENT;
  u32 bytes = engine_array_buffer(&engine, context, engine.w2c_g0, *(u64 *)at(parameters));
  engine.w2c_g0 += STACK_ALIGNMENT;
  return number_out((double)(uintptr_t)at(bytes));
}

static void handle_signals_as_usual(void) {
  struct sigaction usual = {.sa_handler = SIG_DFL};
  sigset_t none;
  for (int number = 1; number < NSIG; number++) sigaction(number, &usual, NULL);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * posix_spawn(3), but for its actions and attributes: signals are as usual, and the child is killed when this process is. Else a helper whose plugin
 * was killed would change the kernel after the DEL that cleans up.
 */
static u32 spawn(u32 parameters) {
  pid_t *id = POINTER(0), self = getpid();
  const char *path = POINTER(1);
  char **words = POINTER(4), **variables = POINTER(5);
  volatile int failure = 0;
  pid_t child = vfork();
  if (child == 0) {
    handle_signals_as_usual();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == self) execve(path, words, variables);
    failure = errno;
    _exit(127);
  }
  if (child < 0) return integer_out(errno);
  if (failure != 0) waitpid(child, NULL, 0);
  else *id = child;
  return integer_out(failure);
}

static u32 utf8_length(u32 parameters) {
  char *text = text_in(parameters, 0);
  size_t length = strlen(text);
  release_text(text);
  return integer_out(length);
}

/* The engine writes a surrogate without its other half as three bytes that are no UTF-8; those of U+FFFD are three too. */
static int is_lone_surrogate(const u8 *bytes) {
  return bytes[0] == 0xed && bytes[1] >= 0xa0;
}

static u32 utf8_write(u32 parameters) {
  char *text = text_in(parameters, 0);
  u8 *into = POINTER(1);
  size_t room = IN(2), length = strlen(text);
  if (length > room)
    for (length = room; length > 0 && ((u8)text[length] & 0xc0) == 0x80;) length--;
  memcpy(into, text, length);
  for (size_t index = 0; index + 2 < length; index++)
    if (is_lone_surrogate(into + index)) memcpy(into + index, "\xef\xbf\xbd", 3);
  release_text(text);
  return integer_out(length);
}

static u32 word_out(const char *word) {
  return word == NULL ? NOTHING : text_out((const u8 *)word, strlen(word));
}

/* As native_functions. */
const char *const native_names[] = {"syscall",    "errno",     "bufferAddress", "posixSpawn", "utf8Text", "latin1Text", "hasNul",
                                    "utf8Length", "utf8Write", "argument",      "variable",   "exit",     NULL};

/* qts_host_call_function: a function of the number that QTS_NewFunction was given. */
u32 Z_aZ_t(struct Z_a_instance_t *self, u32 ctx, u32 this, u32 count, u32 parameters, u32 number) {
  switch (number) {
    case 0: return make_system_call(parameters);
    case 1: return integer_out(call_errno);
    case 2: return buffer_address(parameters);
    case 3: return spawn(parameters);
    case 4: return text_out(POINTER(0), IN(1));
    case 5: return latin1_out(POINTER(0), IN(1));
    case 6: return integer_out(memchr(POINTER(0), 0, IN(1)) != NULL);
    case 7: return utf8_length(parameters);
    case 8: return utf8_write(parameters);
    case 9: return word_out(IN(0) < command_line_words ? command_line[IN(0)] : NULL);
    case 10: return word_out(environ[IN(0)]);
    case 11: _exit(IN(0));
  }
  abort();
}
