//! What handlers ask clients: how each revision is told, and what is made of the answers.

// A test target's modules live in the directory of its name.
mod questions {
    mod check;
    mod fixtures;
    mod forms;
    mod pages_and_roots;
    mod sampling;
    mod strangers;
}
