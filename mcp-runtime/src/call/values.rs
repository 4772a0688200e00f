//! What is kept with a session.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::contain::discard;
use crate::lock::Lock;

/// What is kept with a session, one value of a type. Most sessions keep nothing.
#[derive(Default)]
pub(crate) struct SessionValues(OnceLock<Box<Lock<ByType>>>);

type ByType = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

impl Drop for SessionValues {
    fn drop(&mut self) {
        let values = self.0.get_mut().map(|values| std::mem::take(values.get_mut()));
        // Each for itself: what one does when it is dropped is nothing to the others.
        values.into_iter().flatten().for_each(discard);
    }
}

impl SessionValues {
    pub(super) fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let values = self.0.get_or_init(Box::default);
        let found = values.lock().get(&TypeId::of::<T>()).map(Arc::clone);
        // Not under the lock: what makes a `T` is the program's own code, and may ask for other values of the session.
        let value = found.unwrap_or_else(|| {
            let made: Arc<dyn Any + Send + Sync> = Arc::<T>::default();
            Arc::clone(values.lock().entry(TypeId::of::<T>()).or_insert_with(|| Arc::clone(&made)))
        });
        // What is kept under a type's id is of that type.
        value.downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static SESSION: RefCell<Arc<SessionValues>> = RefCell::default();
    }

    #[derive(Default)]
    struct Inner(u8);

    /// Wants another value of the session while it is made.
    struct Outer(Arc<Inner>);

    impl Default for Outer {
        fn default() -> Self {
            Self(SESSION.with_borrow(Arc::clone).get())
        }
    }

    #[test]
    fn a_value_may_ask_for_another_while_it_is_made() {
        let values = SESSION.with_borrow(Arc::clone);
        let outer = values.get::<Outer>();
        assert!(Arc::ptr_eq(&outer.0, &values.get::<Inner>()));
        assert!(Arc::ptr_eq(&outer, &values.get::<Outer>()));
        assert_eq!(outer.0.0, 0);
    }
}
