//! State: values given to the builder by type, bound to functions at start.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value that was given to the server's builder; a parameter of this type is injected.
///
/// The value is shared, so cloning a `State` is cheap. It is looked up once, when the server is built: a missing value is an
/// error at start, not during a call.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// struct Greeting(&'static str);
///
/// /// Greets somebody.
/// #[tool]
/// fn greet(name: &str, greeting: State<Greeting>) -> String {
///     format!("{}, {name}!", greeting.0)
/// }
///
/// # fn main() -> Result<(), BuildError> {
/// let server = Server::new("demo").state(Greeting("Hello")).build()?;
/// // In a unit test the function is just called.
/// assert_eq!(greet("Ada", State::new(Greeting("Hi"))), "Hi, Ada!");
/// # Ok(())
/// # }
/// ```
///
/// A trait object is given with [`ServerBuilder::state_arc`](crate::ServerBuilder::state_arc), so that a test can give
/// another implementation:
///
/// ```standalone_crate
/// use std::sync::Arc;
///
/// use mcp_runtime::prelude::*;
///
/// trait Store: Send + Sync {
///     fn count(&self) -> usize;
/// }
///
/// /// Counts what is there.
/// #[tool]
/// fn count(store: State<dyn Store>) -> usize {
///     store.count()
/// }
///
/// # struct Database;
/// # impl Store for Database { fn count(&self) -> usize { 3 } }
/// # fn main() -> Result<(), BuildError> {
/// let store: Arc<dyn Store> = Arc::new(Database);
/// let server = Server::new("demo").state_arc(store).build()?;
/// # Ok(())
/// # }
/// ```
///
/// Functions that share one value may also be its methods, and take it as `&self`: see `#[handlers]`.
///
/// `State` shares its value already: write `State<Database>`, not `State<Arc<Database>>`.
pub struct State<T: ?Sized>(Arc<T>);

impl<T> State<T> {
    /// Wraps a value, for a unit test.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> State<T> {
    /// Returns the shared value.
    pub fn into_arc(self) -> Arc<T> {
        self.0
    }
}

impl<T: ?Sized> From<Arc<T>> for State<T> {
    fn from(value: Arc<T>) -> Self {
        Self(value)
    }
}

impl<T: ?Sized> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// All state, by type.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{Missing, States};
///
/// struct Prices(Vec<u32>);
///
/// /// The lowest price, as a parameter marked `#[inject]`.
/// struct Lowest(u32);
///
/// impl FromCall for Lowest {
///     // The server does not start without the state that this needs.
///     fn needs(states: &States) -> Result<(), Missing> {
///         states.get::<Prices>().map(drop)
///     }
///
///     async fn from_call(ctx: &Ctx) -> Result<Self> {
///         let prices = State::<Prices>::from_call(ctx).await?;
///         Ok(Self(prices.0.iter().copied().min().unwrap_or_default()))
///     }
/// }
/// ```
#[derive(Clone, Default)]
pub struct States(HashMap<TypeId, Given>);

/// One value.
#[derive(Clone)]
struct Given {
    /// The name of its type.
    what: &'static str,
    /// An `Arc<T>`, where `T` may be a trait object.
    value: Arc<dyn Any + Send + Sync>,
}

impl States {
    pub(crate) fn insert<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), Given { what: type_name::<T>(), value: Arc::new(value) });
    }

    /// The value of this type, if one was given.
    pub fn find<T: ?Sized + Send + Sync + 'static>(&self) -> Option<State<T>> {
        let given = self.0.get(&TypeId::of::<T>())?;
        given.value.downcast_ref::<Arc<T>>().cloned().map(State)
    }

    /// The value of this type.
    ///
    /// # Errors
    /// Which type is missing.
    pub fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Result<State<T>, Missing> {
        self.find().ok_or_else(|| self.missing(type_name::<T>()))
    }

    fn missing(&self, what: &'static str) -> Missing {
        let inside = |of: &'static str, name: &'static str| name.strip_prefix(of)?.strip_suffix('>');
        let is_given = |name: &str| self.0.values().any(|given| given.what == name);
        // `State<Arc<T>>` for a `T` that was given; then `.state(arc)` for an `Arc<T>` that was meant to be shared.
        if let Some(inner) = inside(ARC, what).filter(|inner| is_given(inner)) {
            return Missing { what, instead: Some(Instead::Parameter(inner)) };
        }
        let shared = self.0.values().find(|given| inside(ARC, given.what) == Some(what));
        Missing { what, instead: shared.map(|_| Instead::StateArc) }
    }
}

/// How the name of an `Arc` begins.
const ARC: &str = "alloc::sync::Arc<";

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.values().map(|given| given.what)).finish()
    }
}

/// State that a function needs and nobody gave to the builder.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// struct Prices;
///
/// /// Lists the prices.
/// #[tool]
/// fn prices(_prices: State<Prices>) -> String {
///     String::new()
/// }
///
/// let error = Server::empty("shop").with(tools![prices]).build().unwrap_err();
/// assert!(error.to_string().contains("was not given; give a `"), "{error}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    what: &'static str,
    instead: Option<Instead>,
}

/// What was most likely meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instead {
    /// A parameter of this type, of which a value is there.
    Parameter(&'static str),
    /// The `Arc` that was given should have been given as one that is shared.
    StateArc,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.instead {
            Some(Instead::Parameter(given)) => write!(
                f,
                "`State<{what}>` was not given, but a `{given}` was; write the parameter as `State<{given}>`, which is \
                 shared already"
            ),
            Some(Instead::StateArc) => write!(
                f,
                "`State<{what}>` was not given, but an `Arc<{what}>` was; give it with `.state_arc(…)` instead of \
                 `.state(…)`"
            ),
            None if what.starts_with("dyn ") => write!(
                f,
                "`State<{what}>` was not given; give an `Arc<{what}>` to the server's builder: `.state_arc(value)`, with \
                 `main!` as `mcp_runtime::main!(|server| server.state_arc(value));`"
            ),
            None => write!(
                f,
                "`State<{what}>` was not given; give a `{what}` to the server's builder: `.state(value)`, with `main!` as \
                 `mcp_runtime::main!(|server| server.state(value));`"
            ),
        }
    }
}

impl std::error::Error for Missing {}
