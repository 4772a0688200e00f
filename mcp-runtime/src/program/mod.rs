//! Server programs: from `main` to serving.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;

#[cfg(feature = "cli")]
mod cli;
mod exit;

#[cfg(feature = "install")]
pub use self::cli::install::on as install_on;
#[cfg(all(feature = "cli", feature = "client"))]
pub use self::cli::mcp::main as mcp;
#[cfg(feature = "cli")]
pub use self::cli::surface::surface_changes;
#[cfg(feature = "cli")]
pub use self::cli::{CliOption, CliOptionError, CliOptions};

use self::exit::fail;
#[cfg(feature = "cli")]
use self::exit::misuse;
#[cfg(not(feature = "cli"))]
use self::exit::serve;
use crate::output::{Error, chain};
use crate::server::ServerBuilder;
use crate::transport::stdio;

/// What keeps a program from starting. `?` turns any error into one, an [`Error`](crate::Error) too. Its text has the causes:
/// `cannot open the database: No such file or directory`.
///
/// ```
/// # mod a {
/// mcp_runtime::main!(|server| {
///     let prices = std::fs::read_to_string("prices.txt")?;
///     server.state(prices)
/// });
/// # }
/// # fn main() {}
/// ```
pub struct StartError {
    message: String,
    /// Whether the command line is at fault.
    #[cfg(feature = "cli")]
    is_usage: bool,
}

impl<E: Into<Box<dyn StdError + Send + Sync>>> From<E> for StartError {
    fn from(error: E) -> Self {
        let error = error.into();
        Self {
            message: chain(&*error),
            #[cfg(feature = "cli")]
            is_usage: CliOptionError::is_in(&*error),
        }
    }
}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        Self {
            message: error.with_causes(),
            #[cfg(feature = "cli")]
            is_usage: false,
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Sends what is logged with `tracing`, and panics, to standard error, as [`main!`](crate::main!) and
/// [`run!`](crate::run!) do: filtered by `RUST_LOG`, warnings without it. For a `main` of your own, which serves on HTTP
/// with axum, say; and for the closure of `main!` or `run!`, which set up logging only after it, so that it may set up `tracing`
/// itself. Does nothing where a subscriber is set up already.
///
/// Each event is one line, which names the request that it happened in. Lines are text, or JSON where the environment has
/// `MCP_LOG_FORMAT=json`; `--log-format` of the program's command line goes before it. Text from outside cannot forge a line: line breaks, control characters and characters that turn the
/// direction of writing are escaped. Logging never waits for who reads standard error: what is not read in time is kept up to a
/// [limit](limit_stderr), and dropped beyond it.
///
/// ```no_run
/// use mcp_runtime::{Http, Server};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// mcp_runtime::init_logging();
/// let server = Server::new("shop").build()?;
/// server.serve_http("127.0.0.1:3000").await?;
/// # Ok(())
/// # }
/// ```
pub fn init_logging() {
    stdio::choose_log_format(None);
    stdio::log_to_stderr(
        #[cfg(feature = "client-logs")]
        Vec::new(),
    );
}

/// Sets how many bytes of text may wait for standard error, for the whole process. By default 1 MiB.
///
/// Standard error is written by a thread of its own, so that neither logging nor printing ever waits for whoever reads it. A text
/// that does not fit is dropped; once there is room again a line tells how much was. Texts count with 64 bytes more than they
/// have, and one is cut after 64 KiB.
///
/// It goes for what [`main!`](crate::main!), [`run!`](crate::run!) and [`init_logging`] send there, and for what is printed
/// while standard input and output are served. Call it at any time:
///
/// ```
/// # mod a {
/// mcp_runtime::main!(|server| {
///     mcp_runtime::limit_stderr(8 * 1024 * 1024);
///     server
/// });
/// # }
/// # fn main() {}
/// ```
pub fn limit_stderr(bytes: usize) {
    stdio::limit_stderr(bytes);
}

/// What `main!` expands to: a runtime, the program's own configuration, and [`run`].
pub fn block_on_main<C: Configured<How>, How>(
    server: ServerBuilder,
    configure: impl FnOnce(ServerBuilder) -> C,
) -> ExitCode {
    block_on(
        server,
        #[cfg(feature = "cli")]
        &[],
        Box::new(|server, #[cfg(feature = "cli")] _| Box::pin(configure(server).server())),
    )
}

/// The same, for a program with options of its own.
#[cfg(feature = "cli")]
pub fn block_on_main_with<C: Configured<How>, How>(
    server: ServerBuilder,
    options: &'static [CliOption],
    configure: impl FnOnce(ServerBuilder, CliOptions) -> C,
) -> ExitCode {
    block_on(server, options, Box::new(|server, given| Box::pin(configure(server, given).server())))
}

/// What the body of `main!` gives back, as a future: in it the body may have `.await` and `?`.
// Of one type, so that a body of another type is a mistake once.
pub fn configured<'a, C: Configured<How> + 'a, How: 'a>(
    configured: C,
) -> Pin<Box<dyn Future<Output = Result<ServerBuilder, StartError>> + 'a>> {
    Box::pin(configured.server())
}

/// What the closure of `main!` gives back: the builder, a `Result` of it, or a future of that. `How` tells these apart.
#[diagnostic::on_unimplemented(
    message = "`main!` needs the server back, and its closure gives `{Self}`",
    label = "expected the server's builder",
    note = "write `mcp_runtime::main!(|server| server.state(db))`; it may have `.await` and `?`: \
            `server.state(Db::open().await?)`"
)]
pub trait Configured<How> {
    /// The builder.
    fn server(self) -> impl Future<Output = Result<ServerBuilder, StartError>>;
}

/// A future of the builder.
#[derive(Debug)]
pub enum Awaited {}
/// The builder itself.
#[derive(Debug)]
pub enum Given {}
/// A `Result`.
#[derive(Debug)]
pub enum Tried {}

#[diagnostic::do_not_recommend]
impl<F: Future<Output = Result<ServerBuilder, StartError>>> Configured<Awaited> for F {
    fn server(self) -> impl Future<Output = Result<ServerBuilder, StartError>> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl Configured<Given> for ServerBuilder {
    fn server(self) -> impl Future<Output = Result<ServerBuilder, StartError>> {
        std::future::ready(Ok(self))
    }
}

#[diagnostic::do_not_recommend]
impl Configured<Tried> for Result<ServerBuilder, StartError> {
    fn server(self) -> impl Future<Output = Result<ServerBuilder, StartError>> {
        std::future::ready(self)
    }
}

/// A program's own configuration.
#[cfg(feature = "cli")]
type Configure<'a> = Box<dyn FnOnce(ServerBuilder, CliOptions) -> Configuring<'a> + 'a>;
#[cfg(not(feature = "cli"))]
type Configure<'a> = Box<dyn FnOnce(ServerBuilder) -> Configuring<'a> + 'a>;
/// What comes of it.
type Configuring<'a> = Pin<Box<dyn Future<Output = Result<ServerBuilder, StartError>> + 'a>>;

/// The same for all programs, so that it is compiled with this crate and not with each of them.
fn block_on(
    server: ServerBuilder,
    #[cfg(feature = "cli")] options: &'static [CliOption],
    configure: Configure<'_>,
) -> ExitCode {
    // Read before anything is set up: `--help` opens no database.
    #[cfg(feature = "cli")]
    let command = match cli::parse(&server, options) {
        Ok(command) => command,
        Err(code) => return code,
    };
    stdio::choose_log_format(
        #[cfg(feature = "cli")]
        command.log_format(),
        #[cfg(not(feature = "cli"))]
        None,
    );
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let code = runtime.block_on(start(
        server,
        #[cfg(feature = "cli")]
        command,
        configure,
    ));
    // A function that blocks and was cancelled may still hold a thread of the pool; the process does not wait for it.
    runtime.shutdown_background();
    code
}

/// Configures the server, and does what the command line says.
async fn start(
    server: ServerBuilder,
    #[cfg(feature = "cli")]
    #[cfg_attr(not(feature = "http"), allow(unused_mut))] // Only a port changes it.
    mut command: cli::Parsed,
    configure: Configure<'_>,
) -> ExitCode {
    #[cfg(all(feature = "cli", feature = "http"))]
    if let Err(code) = command.open_door().await {
        return code;
    }
    #[cfg(feature = "cli")]
    let configured = match command.options() {
        Ok(options) => configure(server, options),
        Err(code) => return code,
    };
    #[cfg(not(feature = "cli"))]
    let configured = configure(server);
    match configured.await {
        #[cfg(feature = "cli")]
        Ok(server) => act(server, command).await,
        #[cfg(not(feature = "cli"))]
        Ok(server) => act(server).await,
        #[cfg(feature = "cli")]
        Err(error) if error.is_usage => misuse(&error),
        Err(error) => fail(&error),
    }
}

/// What `run!` expands to: builds the server and does what the command line says.
pub async fn run(server: ServerBuilder) -> ExitCode {
    #[cfg(feature = "cli")]
    return run_with(server, &[], |server, _| server).await;
    #[cfg(not(feature = "cli"))]
    {
        stdio::choose_log_format(None);
        act(server).await
    }
}

/// The same, for a program with options of its own.
#[cfg(feature = "cli")]
pub async fn run_with<C: Configured<How>, How>(
    server: ServerBuilder,
    options: &'static [CliOption],
    configure: impl FnOnce(ServerBuilder, CliOptions) -> C,
) -> ExitCode {
    let command = match cli::parse(&server, options) {
        Ok(command) => command,
        Err(code) => return code,
    };
    stdio::choose_log_format(command.log_format());
    start(server, command, Box::new(|server, given| Box::pin(configure(server, given).server()))).await
}

#[cfg_attr(not(feature = "client-logs"), allow(unused_mut))] // Only what is forwarded is taken out.
async fn act(mut server: ServerBuilder, #[cfg(feature = "cli")] command: cli::Parsed) -> ExitCode {
    // After the program's own set-up, which may have had other plans for what is logged.
    stdio::log_to_stderr(
        #[cfg(feature = "client-logs")]
        server.take_forwarded(),
    );
    #[cfg(feature = "cli")]
    let server = match command.configure(server) {
        Ok(server) => server,
        Err(code) => return code,
    };
    let code = match server.bind() {
        Ok((server, lifecycle)) => {
            #[cfg(feature = "cli")]
            let starts = !command.is_help_for(&server);
            #[cfg(not(feature = "cli"))]
            let starts = true;
            let begun = if starts { lifecycle.begin(&server) } else { Ok(()) };
            let code = match begun {
                #[cfg(feature = "cli")]
                Ok(()) => cli::act(&server, command).await,
                #[cfg(not(feature = "cli"))]
                Ok(()) => serve(&server).await,
                Err(error) => fail(&error),
            };
            // Where nothing was served: what has started stops.
            server.stop().await;
            code
        }
        Err(error) => fail(&error),
    };
    stdio::flush_stderr();
    code
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// An error with a cause.
    #[derive(Debug)]
    struct Unopened(io::Error);

    impl fmt::Display for Unopened {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot open the database")
        }
    }

    impl StdError for Unopened {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn unopened() -> Unopened {
        Unopened(io::Error::other("no such file"))
    }

    #[test]
    fn why_a_program_does_not_start_is_told_with_its_causes() {
        fn start() -> Result<(), StartError> {
            Err(unopened())?
        }
        let error = start().expect_err("it fails");
        assert_eq!(error.to_string(), "cannot open the database: no such file");
        assert_eq!(format!("{error:?}"), error.to_string());
    }

    #[test]
    fn errors_of_handlers_keep_programs_from_starting_too() {
        fn open(error: Error) -> crate::Result<u32> {
            Err(error)
        }
        fn start(error: Error) -> Result<u32, StartError> {
            Ok(open(error)?)
        }
        for error in [Error::internal(unopened()), Error::from(unopened())] {
            let error = start(error).expect_err("it fails");
            assert_eq!(error.to_string(), "cannot open the database: no such file");
        }
    }
}
