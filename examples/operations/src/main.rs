//! Parcels, tracked at a carrier that is slow and fails at times: what a server needs to live with that. Run
//! `cargo run -p operations -- serve --http --metrics`; the README goes on from there.

mcp_runtime::main!(|server| operations::server(server)?);
