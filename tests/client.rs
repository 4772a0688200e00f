//! Our client with our servers: in this process, as programs, and on HTTP, in every revision.

mod client {
    mod agreeing;
    mod basics;
    mod batches;
    mod deadlines;
    mod fake;
    mod faults;
    mod offers;
    mod scripts;
    mod sent;
    mod servers;
    mod web;
}
