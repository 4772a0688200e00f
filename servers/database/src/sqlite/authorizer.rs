//! What a statement may do: SQLite asks while it compiles one, for each thing that the statement would do.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Pragmas that only tell what is there. All others are refused, whether they would change something or not.
const PRAGMAS: [&str; 7] =
    ["foreign_key_list", "index_info", "index_list", "index_xinfo", "table_info", "table_list", "table_xinfo"];

/// Functions that reach beyond the database.
const FUNCTIONS: [&str; 3] = ["fts3_tokenizer", "load_extension", "sqlite_compileoption_get"];

/// Allows what reads, and nothing else: what a later version of SQLite adds is refused, too.
pub fn authorize(context: AuthContext<'_>) -> Authorization {
    let may = match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => {
            !FUNCTIONS.iter().any(|name| name.eq_ignore_ascii_case(function_name))
        }
        AuthAction::Pragma { pragma_name, .. } => PRAGMAS.iter().any(|name| name.eq_ignore_ascii_case(pragma_name)),
        _ => false,
    };
    if may { Authorization::Allow } else { Authorization::Deny }
}
