/* sql: the tables of statements. See sql.h. */
#include "store/sqlite/sql.h"

#define SQL_TEXT(name, text) text,
const char *const sql_text[SQL_COUNT] = {SQL_ALL(SQL_TEXT)};
#define SQL_NAME(name, text) #name,
const char *const sql_name[SQL_COUNT] = {SQL_ALL(SQL_NAME)};
