//! The macros that need no compiler plug-in: those of programs, and those that generated code calls.

/// The `main` function of a server program: builds the server, reads the command line, serves.
///
/// Without arguments it serves on standard input and output. Name, version, description and home page are the package's. The server has
/// all marked functions of the program that have no `group`, but for those in a module named `test` or `tests`, which belong to the
/// program's tests: give them a `group`, or name them in [`tools!`](crate::tools!).
///
/// ```
/// # mod a {
/// mcp_runtime::main!();
/// # }
/// # fn main() {}
/// ```
///
/// With state, or anything else that the [builder](crate::ServerBuilder) takes:
///
/// ```
/// # mod a {
/// mcp_runtime::main!(|server| server.state(42_u32).instructions("Use it for sums."));
/// # }
/// # fn main() {}
/// ```
///
/// The set-up may have `.await` and `?`. An error ends the program before it serves:
///
/// ```
/// # mod a {
/// # struct Db;
/// # impl Db { async fn open() -> std::io::Result<Self> { Ok(Self) } }
/// mcp_runtime::main!(|server| server.state(Db::open().await?));
/// # }
/// # fn main() {}
/// ```
///
/// So `return` in it needs a `Result`: `return Ok(server)`. An `async` block that gives `Ok` of the builder, and the name of a
/// function, may stand there too.
///
/// A program has options of its own with `main!(OPTIONS, |server, options| …)`: see `CliOption`.
#[cfg(feature = "stdio")]
#[macro_export]
macro_rules! main {
    () => {
        $crate::main!(@ |server| async { ::core::result::Result::Ok(server) });
    };
    (@ $configure:expr) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::block_on_main($crate::server!(), $configure)
        }
    };
    (|$server:pat_param| -> $($rest:tt)*) => {
        $crate::main!(@ |$server| -> $($rest)*);
    };
    (move |$server:pat_param| $body:expr) => {
        $crate::main!(|$server| $body);
    };
    (|$server:pat_param| $body:expr) => {
        $crate::main!(@ |$server: $crate::ServerBuilder| async move { $crate::__private::configured($body).await });
    };
    ($options:expr, |$server:pat_param, $given:pat_param| $body:expr) => {
        fn main() -> ::std::process::ExitCode {
            $crate::__private::block_on_main_with(
                $crate::server!(),
                const { &$options },
                |$server: $crate::ServerBuilder, $given: $crate::CliOptions| async move {
                    $crate::__private::configured($body).await
                },
            )
        }
    };
    ($configure:expr) => {
        $crate::main!(@ $configure);
    };
}

/// Runs a server program from your own `main`: `run!(server).await` with a [`ServerBuilder`](crate::ServerBuilder), or
/// `run!().await` for the default server. Returns the exit code of the process. A builder that has no version, description or home
/// page gets the package's.
///
/// Panics and the events of `tracing` go to standard error, unless the program has set up `tracing` itself. When the client
/// disconnects, calls in flight have four seconds to finish. A `#[tool(blocking)]` function cannot be stopped: dropping your
/// runtime waits for it, unless you call `shutdown_background`, as [`main!`] does.
///
/// ```no_run
/// use mcp_runtime::prelude::*;
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     let server = mcp_runtime::server!().state(42_u32);
///     mcp_runtime::run!(server).await
/// }
/// ```
///
/// A program has options of its own with `run!(OPTIONS, |server, options| …)`, whose closure is that of `main!`, or with
/// `run!(server, OPTIONS, |server, options| …)`, where the builder is not the default server's: see `CliOption`. The closure runs
/// only if there is something to serve or to ask: not for `--help`.
///
/// ```no_run
/// use mcp_runtime::CliOption;
///
/// const OPTIONS: [CliOption; 1] = [CliOption::value("limit", "COUNT", "The most orders of a day")];
///
/// #[tokio::main]
/// async fn main() -> std::process::ExitCode {
///     mcp_runtime::run!(OPTIONS, |server, options| {
///         server.state(options.value("limit").unwrap_or("10").parse::<u32>()?)
///     })
///     .await
/// }
/// ```
#[cfg(feature = "stdio")]
#[macro_export]
macro_rules! run {
    () => {
        $crate::run!($crate::server!())
    };
    ($options:expr, |$server:pat_param, $given:pat_param| $body:expr) => {
        $crate::run!($crate::server!(), $options, |$server, $given| $body)
    };
    ($builder:expr, $options:expr, |$server:pat_param, $given:pat_param| $body:expr) => {
        $crate::__private::run_with(
            $crate::server!(from $builder),
            const { &$options },
            |$server: $crate::ServerBuilder, $given: $crate::CliOptions| async move {
                $crate::__private::configured($body).await
            },
        )
    };
    ($server:expr) => {
        $crate::__private::run($crate::server!(from $server))
    };
}

/// Without the feature `stdio` it says which feature is missing.
#[cfg(not(feature = "stdio"))]
#[macro_export]
macro_rules! main {
    ($($anything:tt)*) => {
        ::core::compile_error!("`main!` needs the feature `stdio` of `mcp-runtime`");
        fn main() {}
    };
}

/// Without the feature `stdio` it says which feature is missing.
#[cfg(not(feature = "stdio"))]
#[macro_export]
macro_rules! run {
    ($($anything:tt)*) => {
        ::core::compile_error!("`run!` needs the feature `stdio` of `mcp-runtime`")
    };
}

/// A [`ServerBuilder`](crate::ServerBuilder) with the package's name, version, description and home page;
/// `server!(ADMIN)` for that of a group, under the group's name, and with its version if it has one.
///
/// ```standalone_crate
/// let server = mcp_runtime::server!().instructions("Ask before you order.").build()?;
/// # Ok::<(), mcp_runtime::BuildError>(())
/// ```
#[macro_export]
macro_rules! server {
    () => {
        $crate::server!(from $crate::Server::new(::core::env!("CARGO_PKG_NAME")))
    };
    (from $builder:expr) => {
        $crate::__private::of_package(
            $builder,
            ::core::env!("CARGO_PKG_VERSION"),
            ::core::env!("CARGO_PKG_DESCRIPTION"),
            ::core::env!("CARGO_PKG_HOMEPAGE"),
        )
    };
    ($group:expr) => {
        $crate::server!(from $crate::Server::of(&$group))
    };
}

/// Links a crate that is used only for its tools: `mcp_runtime::link!(my_tools);`.
///
/// A function is registered when its crate is linked, and the linker leaves out a crate that the program never names.
///
/// ```
/// // In the place of `std`: a crate of yours that has tools.
/// mcp_runtime::link!(std);
/// ```
#[macro_export]
macro_rules! link {
    ($($krate:ident),+ $(,)?) => {$(
        #[allow(unused_extern_crates, reason = "named so that it is linked")]
        extern crate $krate as _;
    )+};
}

/// Answers with what a tool returned.
#[doc(hidden)]
#[macro_export]
macro_rules! __answer_tool {
    ($call:expr, $value:expr) => {
        $crate::__answer!(
            $call,
            $value,
            (ToolByOutput, ToolBySerde, AdmitToolOutput, AdmitToolSerde, AdmitToolNothing),
            ToolAnswer,
            reply_tool
        )
    };
}

/// Answers with what a resource returned.
#[doc(hidden)]
#[macro_export]
macro_rules! __answer_resource {
    ($call:expr, $value:expr) => {
        $crate::__answer!(
            $call,
            $value,
            (ResourceByOutput, ResourceBySerde, AdmitResourceOutput, AdmitResourceSerde, AdmitResourceNothing),
            ResourceAnswer,
            reply_resource
        )
    };
}

/// Answers with what a prompt returned.
#[doc(hidden)]
#[macro_export]
macro_rules! __answer_prompt {
    ($call:expr, $value:expr) => {
        $crate::__answer!(
            $call,
            $value,
            (PromptByOutput, PromptByText, AdmitPromptOutput, AdmitPromptText, AdmitPromptNothing),
            PromptAnswer,
            reply_prompt
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __answer {
    ($call:expr, $value:expr, ($($by:ident),*), $answer:ident, $reply:ident) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{PeelPlain as _, PeelResult as _};
        let value = $value;
        match (&&$crate::__private::Probe::of(&value)).peel(value) {
            ::core::result::Result::Ok(value) => {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{$($by as _),*};
                let probe = $crate::__private::Probe::of(&value);
                let (fits, value) = (&&&probe).admit(value);
                $crate::__private::$answer::check(&probe, &fits);
                (&&$crate::__private::Probe::of(&value)).$reply(value, $call)
            }
            ::core::result::Result::Err(error) => {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{
                    AdmitErrorDisplay as _, AdmitErrorNothing as _, AdmitErrorOwn as _, ErrorByChain as _, ErrorByDisplay as _,
                    ErrorByOwn as _, ErrorBySharedChain as _, ErrorByStd as _,
                };
                let probe = $crate::__private::Probe::of(&error);
                let (fits, error) = (&&&probe).admit(error);
                $crate::__private::ErrorAnswer::check(&probe, &fits);
                (&&&&&$crate::__private::Probe::of(&error)).reply_error(error, $call)
            }
        }
    }};
}

/// What is known of a tool's return type.
#[doc(hidden)]
#[macro_export]
macro_rules! __output_schema {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{
            PeelPlain as _, PeelResult as _, SchemaByNothing as _, SchemaByOutput as _, SchemaBySerde as _,
            SchemaByText as _,
        };
        (&&&&(&&$crate::__private::Probe::<$type>::new()).peeled()).output_schema()
    }};
}

/// Describes a parameter that is an argument of a tool.
#[doc(hidden)]
#[macro_export]
macro_rules! __param {
    ($name:expr, $type:ty) => {
        $crate::__private::Param::json(
            $name,
            |generator| {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{ArgumentByNothing as _, ArgumentByType as _};
                (&&$crate::__private::Probe::<$type>::new()).schema(generator)
            },
            || {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{ArgumentByNothing as _, ArgumentByType as _};
                (&&$crate::__private::Probe::<$type>::new()).takes_nothing()
            },
            || {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{EngineByNone as _, EngineByType as _};
                (&&$crate::__private::Probe::<$type>::new()).engine()
            },
        )
    };
}

/// Describes a parameter that comes as text.
#[doc(hidden)]
#[macro_export]
macro_rules! __text_param {
    ($name:expr, $type:ty) => {
        $crate::__private::Param::text(
            $name,
            || {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{TextByNothing as _, TextByParse as _, TextBySerde as _, TextOption as _};
                (&&&&$crate::__private::Probe::<$type>::new()).takes_nothing()
            },
            |text| {
                #[allow(unused_imports, reason = "which of them is used depends on the type")]
                use $crate::__private::{TextByNothing as _, TextByParse as _, TextBySerde as _, TextOption as _};
                (&&&&$crate::__private::Probe::<$type>::new()).fault(text)
            },
        )
    };
}

/// Here the compiler stops if a variable of the query has a type that can't be left out.
#[doc(hidden)]
#[macro_export]
macro_rules! __query {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{QueryByNothing as _, QueryByOption as _};
        $crate::__private::QueryArgument::<$type>::check(
            &(&&$crate::__private::Probe::<$type>::new()).may_be_left_out(),
        );
    }};
}

/// A place for an argument of a tool. Here the compiler stops if its type can't be one.
#[doc(hidden)]
#[macro_export]
macro_rules! __slot {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{ArgumentByNothing as _, ArgumentByNull as _, ArgumentByType as _};
        <$type as $crate::__private::Argument<'_>>::check();
        (&&&$crate::__private::Probe::<$type>::new()).slot()
    }};
}

/// Reads a parameter from text.
#[doc(hidden)]
#[macro_export]
macro_rules! __text {
    ($type:ty, $read:expr, $index:expr) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{TextByNothing as _, TextByParse as _, TextBySerde as _, TextOption as _};
        let probe = $crate::__private::Probe::<$type>::new();
        $crate::__private::TextArgument::<$type>::check(&(&&&&probe).fits());
        (&&&&probe).text($read, $index)
    }};
}

/// Reads a parameter from text, with a default.
#[doc(hidden)]
#[macro_export]
macro_rules! __text_or {
    ($type:ty, $read:expr, $index:expr, $default:expr) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{TextByNothing as _, TextByParse as _, TextBySerde as _, TextOption as _};
        let probe = $crate::__private::Probe::<$type>::new();
        $crate::__private::TextArgument::<$type>::check(&(&&&&probe).fits());
        (&&&&probe).text_or($read, $index, || $default)
    }};
}

/// What completes a type by itself.
#[doc(hidden)]
#[macro_export]
macro_rules! __completer_for {
    ($type:ty) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{CompleteByNothing as _, CompleteBySchema as _};
        (&&$crate::__private::Probe::<$type>::new()).completer()
    }};
}

/// A value as JSON, if it serializes.
#[doc(hidden)]
#[macro_export]
macro_rules! __to_json {
    ($value:expr) => {{
        #[allow(unused_imports, reason = "which of them is used depends on the type")]
        use $crate::__private::{JsonByNothing as _, JsonBySerde as _};
        let value = $value;
        (&&$crate::__private::Probe::of(&value)).json(&value)
    }};
}

pub use crate::{
    __answer_prompt as answer_prompt, __answer_resource as answer_resource, __answer_tool as answer_tool,
    __answer_tool as answer_tool_text, __completer_for as completer_for, __output_schema as output_schema,
    __param as param, __query as query, __slot as slot, __text as text, __text_or as text_or,
    __text_param as text_param, __to_json as to_json,
};
