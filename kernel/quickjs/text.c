/* Bytes as text and text as bytes, as Node's Buffer does it. */
#include <stdlib.h>
#include <string.h>

#include "native.h"

/* U+FFFD, three bytes. */
static const uint8_t REPLACEMENT[] = "\xef\xbf\xbd";

/* The bytes between two places of a view: its parameters are (view, start, end). NULL with an exception. */
static const uint8_t *slice_of(JSContext *ctx, JSValueConst *argv, size_t *length) {
  int64_t start, end;
  size_t size;
  const uint8_t *bytes = view_bytes(ctx, argv[0], &size);
  if (bytes == NULL || JS_ToInt64(ctx, &start, argv[1]) < 0 || JS_ToInt64(ctx, &end, argv[2]) < 0) return NULL;
  if (start < 0 || end < start || (uint64_t)end > size) {
    JS_ThrowRangeError(ctx, "bytes %lld to %lld of %zu", (long long)start, (long long)end, size);
    return NULL;
  }
  *length = end - start;
  return bytes + start;
}

/*
 * How many of the bytes are one character of well-formed UTF-8 (Unicode, table 3-7). Where they are none, minus the number of those that are
 * replaced together by one U+FFFD (WHATWG Encoding, as Node's Buffer does).
 */
static int character_length(const uint8_t *at, size_t left) {
  uint8_t lead = at[0];
  if (lead < 0x80) return 1;
  int length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (length == 0) return -1;
  uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  for (int index = 1; index < length; index++, low = 0x80, high = 0xbf)
    if ((size_t)index == left || at[index] < low || at[index] > high) return -index;
  return length;
}

JSValue text_of(JSContext *ctx, const uint8_t *bytes, size_t length) {
  size_t faults = 0;
  for (size_t at = 0; at < length;) {
    int step = character_length(bytes + at, length - at);
    faults += step < 0;
    at += abs(step);
  }
  if (faults == 0) return JS_NewStringLen(ctx, (const char *)bytes, length);
  uint8_t *mended = js_malloc(ctx, length + 2 * faults);
  if (mended == NULL) return JS_EXCEPTION;
  size_t end = 0;
  for (size_t at = 0; at < length;) {
    int step = character_length(bytes + at, length - at);
    memcpy(mended + end, step < 0 ? REPLACEMENT : bytes + at, step < 0 ? 3 : step);
    end += step < 0 ? 3 : step;
    at += abs(step);
  }
  JSValue text = JS_NewStringLen(ctx, (const char *)mended, end);
  js_free(ctx, mended);
  return text;
}

NATIVE(native_utf8_text) {
  size_t length;
  const uint8_t *bytes = slice_of(ctx, argv, &length);
  return bytes == NULL ? JS_EXCEPTION : text_of(ctx, bytes, length);
}

NATIVE(native_latin1_text) {
  size_t length, end = 0;
  const uint8_t *bytes = slice_of(ctx, argv, &length);
  if (bytes == NULL) return JS_EXCEPTION;
  uint8_t *utf8 = js_malloc(ctx, 2 * length + 1);
  if (utf8 == NULL) return JS_EXCEPTION;
  for (size_t at = 0; at < length; at++) {
    if (bytes[at] >= 0x80) utf8[end++] = 0xc0 | bytes[at] >> 6;
    utf8[end++] = bytes[at] < 0x80 ? bytes[at] : 0x80 | (bytes[at] & 0x3f);
  }
  JSValue text = JS_NewStringLen(ctx, (const char *)utf8, end);
  js_free(ctx, utf8);
  return text;
}

NATIVE(native_utf8_length) {
  size_t length;
  const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
  if (text == NULL) return JS_EXCEPTION;
  JS_FreeCString(ctx, text);
  return JS_NewInt64(ctx, length);
}

/* The engine writes a surrogate without its other half as three bytes that are no UTF-8; those of U+FFFD are three too. */
static int is_lone_surrogate(const char *at) {
  return (uint8_t)at[0] == 0xed && (uint8_t)at[1] >= 0xa0;
}

/* (text, view, at): whole characters only, as many as there is room for. The number of bytes. */
NATIVE(native_utf8_write) {
  size_t size, length, done = 0;
  int64_t at;
  uint8_t *into = view_bytes(ctx, argv[1], &size);
  if (into == NULL || JS_ToInt64(ctx, &at, argv[2]) < 0) return JS_EXCEPTION;
  if (at < 0 || (uint64_t)at > size) return JS_ThrowRangeError(ctx, "byte %lld of %zu", (long long)at, size);
  const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
  if (text == NULL) return JS_EXCEPTION;
  size_t room = size - at;
  if (length <= room) done = length;
  else
    for (done = room; done > 0 && ((uint8_t)text[done] & 0xc0) == 0x80;) done--;
  memcpy(into + at, text, done);
  for (size_t index = 0; index + 2 < done; index++)
    if (is_lone_surrogate(text + index)) memcpy(into + at + index, REPLACEMENT, 3);
  JS_FreeCString(ctx, text);
  return JS_NewInt64(ctx, done);
}
