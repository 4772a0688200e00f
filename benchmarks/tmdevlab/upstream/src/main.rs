//! What the servers ask, as small as the workload allows: `upstream api` serves the catalogue on HTTP, `upstream seed` fills
//! the Redis that `REDIS_URL` names.

mod api;
mod catalogue;
mod seed;

use std::env;
use std::error::Error;

use self::catalogue::Catalogue;

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("api") => api::serve(Catalogue::new()),
        Some("seed") => seed::seed(&env::var("REDIS_URL").map_err(|_| "REDIS_URL is not set")?),
        _ => Err("upstream api, or upstream seed".into()),
    }
}
