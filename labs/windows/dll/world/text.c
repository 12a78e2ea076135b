#include "text.h"
#include <stdarg.h>
#include <stdio.h>

void text_write(Text *text, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  BOOL fits = text->length < text->size;
  int added = vsnprintf(fits ? text->bytes + text->length : NULL, fits ? text->size - text->length : 0, format, arguments);
  va_end(arguments);
  text->length += added;
}

static void separate(Text *text) {
  if (text->separate) text_write(text, ",");
  text->separate = TRUE;
}

void text_open(Text *text, char bracket) {
  text_write(text, "%c", bracket);
  text->separate = FALSE;
}

void text_close(Text *text, char bracket) {
  text_write(text, "%c", bracket);
  text->separate = TRUE;
}

static void quoted(Text *text, const char *value) {
  BOOL is_utf8 = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, value, -1, NULL, 0) > 0;
  text_write(text, "\"");
  for (const unsigned char *at = (const unsigned char *)value; *at != 0; at++) {
    BOOL plain = *at >= ' ' && *at != '"' && *at != '\\' && *at != 0x7f && (*at < 0x80 || is_utf8);
    text_write(text, plain ? "%c" : "\\u%04x", *at);
  }
  text_write(text, "\"");
}

void text_key(Text *text, const char *key) {
  separate(text);
  if (key == NULL) return;
  quoted(text, key);
  text_write(text, ":");
}

void text_number(Text *text, const char *key, long long value) {
  text_key(text, key);
  text_write(text, "%lld", value);
}

void text_string(Text *text, const char *key, const char *value) {
  text_key(text, key);
  quoted(text, value);
}

void text_boolean(Text *text, const char *key, BOOL value) {
  text_key(text, key);
  text_write(text, value ? "true" : "false");
}
