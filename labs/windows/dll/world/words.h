// A command, taken apart.
#ifndef ROAMKIT_LAB_WORDS_H
#define ROAMKIT_LAB_WORDS_H
#include "world.h"

enum { WORDS = 24, LETTERS = 320 };

/** `first` are the words, `option` those with a key. */
typedef struct { int count, options; char first[WORDS][LETTERS], option[WORDS][LETTERS]; } Words;

BOOL words_parse(Words *words, const char *command); // FALSE: a quote that does not end, too many words, a bad \xNN
const char *words_at(const Words *words, int place); // "" where there is none
const char *words_option(const Words *words, const char *key, const char *usual);
const char *words_unknown(const Words *words, const char *keys); // an option that is not in "|one|two|", NULL: none
long words_number(const char *text, long usual); // 0x.. too
BOOL words_yes(const char *text); // yes, on, true, 1
int words_choice(const char *text, const char *choices); // its place in "one|two|three", -1: none
#endif
