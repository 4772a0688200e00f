//! The limit: the least that any server has to do for a request, on hyper and on the standard streams.
//!
//! It reads the JSON-RPC envelope, looks at what is called, and answers with bytes that were there before, under the
//! request's id. It checks nothing, knows no session, reads no header, and none of its tools can fail. What a server takes
//! beyond this is its own.

mod envelope;
mod http;
mod results;
mod stdio;

use std::env;
use std::error::Error;

use self::results::Results;

fn main() -> Result<(), Box<dyn Error>> {
    let tools = env::var("BENCH_TOOLS").map_or(Ok(5), |tools| tools.parse())?;
    let results = Results::of(tools);
    match env::args().nth(1).as_deref() {
        Some("http") => http::serve(results),
        Some("stdio") => Ok(stdio::serve(&results)?),
        _ => Err("limit http, or limit stdio".into()),
    }
}
