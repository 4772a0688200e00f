//! The same as `counted`, for servers with this crate's layers, which need a feature.

mod layered;

use std::env::args;
use std::io::{Write as _, stdout};

use tokio::runtime::Builder;

use self::layered::{Caller, server};

const CASE: &str = "eight-layers-async-call";

fn main() {
    let mut arguments = args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(name), Some(times)) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok())) else {
        return writeln!(stdout(), "{CASE}").expect("somebody reads");
    };
    assert_eq!(name, CASE);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _inside = runtime.enter();
    let mut caller = Caller::of(server(8));
    let times: u32 = times;
    (0..times).for_each(|_| caller.call());
}
