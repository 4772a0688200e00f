//! State: values given to the builder by type, bound to functions at start.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A value that was given to the server's builder; a parameter of this type is injected.
///
/// It is shared, so cloning is cheap, and looked up once, when the server is built: a value that nobody gave stops
/// the start, not a call.
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
pub struct State<T: ?Sized>(Arc<T>);

impl<T> State<T> {
    /// Wraps a value, for a unit test.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> State<T> {
    /// The shared value.
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
#[derive(Clone, Default)]
pub struct States(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl States {
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), value);
    }

    /// The value of this type, if one was given.
    pub fn find<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        let value = self.0.get(&TypeId::of::<T>())?;
        Arc::clone(value).downcast().ok().map(State)
    }

    /// The value of this type.
    ///
    /// # Errors
    /// Which type is missing.
    pub fn get<T: Send + Sync + 'static>(&self) -> Result<State<T>, Missing> {
        self.find().ok_or(Missing { what: type_name::<T>() })
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("len", &self.0.len()).finish()
    }
}

/// State that a function needs and nobody gave to the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    what: &'static str,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State<{0}> was not given; add `.state(…)` with a `{0}` to the server", self.what)
    }
}

impl std::error::Error for Missing {}
