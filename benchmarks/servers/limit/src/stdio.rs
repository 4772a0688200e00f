//! The standard streams: one thread that reads a line, answers it, and reads the next.

use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::thread;
use std::time::Duration;

use crate::results::{Reply, Results};

/// What one read or one write takes at the most; a pipe holds as much.
const BUFFER: usize = 64 * 1024;

/// Serves until the input ends.
pub(crate) fn serve(results: &Results) -> io::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER, io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        match results.reply(&line)? {
            Reply::Nothing => {}
            Reply::Answer(answer) | Reply::Session(answer) => put(&mut output, answer)?,
            Reply::Later(answer) => {
                // One thread: who asks behind this one waits as long. No case asks for it here.
                thread::sleep(Duration::from_millis(20));
                put(&mut output, answer)?;
            }
            Reply::Stream(stream) => output.write_all(stream.messages("", "\n").as_bytes())?,
        }
        // What came together is answered together.
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
}

fn put(output: &mut impl io::Write, mut message: String) -> io::Result<()> {
    message.push('\n');
    output.write_all(message.as_bytes())
}
