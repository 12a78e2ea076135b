#include "words.h"
#include <stdlib.h>
#include <string.h>

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/** One word from `*at`; keyed: an unquoted `=` was in it. */
static BOOL next_word(const char **at, char word[LETTERS], BOOL *keyed) {
  int length = 0;
  BOOL inside = FALSE;
  *keyed = FALSE;
  for (; **at != 0 && (inside || (**at != ' ' && **at != '\t')); (*at)++) {
    char byte = **at;
    if (byte == '"') {
      inside = !inside;
      continue;
    }
    if (byte == '\\' && (*at)[1] == 'x') {
      int high = hex_digit((*at)[2]), low = high < 0 ? -1 : hex_digit((*at)[3]);
      if (low < 0) return FALSE;
      byte = (char)(high * 16 + low);
      *at += 3;
    } else if (byte == '=' && !inside && length > 0) {
      *keyed = TRUE;
    }
    if (length == LETTERS - 1) return FALSE;
    word[length++] = byte;
  }
  word[length] = 0;
  return !inside;
}

BOOL words_parse(Words *words, const char *command) {
  words->count = words->options = 0;
  for (;;) {
    while (*command == ' ' || *command == '\t') command++;
    if (*command == 0) return TRUE;
    if (words->count == WORDS || words->options == WORDS) return FALSE;
    BOOL keyed;
    char word[LETTERS];
    if (!next_word(&command, word, &keyed)) return FALSE;
    strcpy(keyed ? words->option[words->options++] : words->first[words->count++], word);
  }
}

const char *words_at(const Words *words, int place) {
  return place < words->count ? words->first[place] : "";
}

const char *words_option(const Words *words, const char *key, const char *usual) {
  size_t length = strlen(key);
  for (int i = 0; i < words->options; i++) {
    if (strncmp(words->option[i], key, length) == 0 && words->option[i][length] == '=') return words->option[i] + length + 1;
  }
  return usual;
}

const char *words_unknown(const Words *words, const char *keys) {
  for (int i = 0; i < words->options; i++) {
    char wanted[LETTERS + 2] = "|";
    size_t length = strcspn(words->option[i], "=");
    strncat(wanted, words->option[i], length);
    strcat(wanted, "|");
    if (strstr(keys, wanted) == NULL) return words->option[i];
  }
  return NULL;
}

long words_number(const char *text, long usual) {
  char *end;
  long value = strtol(text, &end, 0);
  return end == text || *end != 0 ? usual : value;
}

BOOL words_yes(const char *text) {
  return words_choice(text, "yes|on|true|1") >= 0;
}

int words_choice(const char *text, const char *choices) {
  size_t length = strlen(text);
  for (int place = 0;; place++) {
    size_t choice = strcspn(choices, "|");
    if (choice == length && strncmp(choices, text, length) == 0) return place;
    if (choices[choice] == 0) return -1;
    choices += choice + 1;
  }
}
