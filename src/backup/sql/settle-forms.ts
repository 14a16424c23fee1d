/**
 * For this transaction: values as text that reads back to exactly what they were, whatever the server or the role is set to. A table whose rows
 * are hidden from this role is an error, not a table with fewer rows. And no time limit: a large table takes as long as it takes.
 */
export const settleForms = `
  select set_config(name, value, true) from (values
    ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('extra_float_digits', '1'), ('bytea_output', 'hex'),
    ('row_security', 'off'), ('search_path', 'public'), ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0')
  ) as setting (name, value)`
