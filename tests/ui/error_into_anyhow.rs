use mcp_runtime::prelude::*;

fn buy() -> Result<()> {
    Err(Error::new("sold out"))
}

fn shop() -> anyhow::Result<()> {
    Ok(buy()?)
}

fn main() {
    let _ = shop();
}
