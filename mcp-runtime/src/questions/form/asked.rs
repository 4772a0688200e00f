//! Which types can be fields of a form.
//!
//! Generated code asks [`Asked`], or [`Chosen`] where the field says what can be chosen, by a path at the type the user wrote:
//! there the compiler stops, once, with our words.

use super::answers::Answers;
use super::field::Kind;
use super::plain::{Open, Plain};

/// Types that a field can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be asked for in a form",
    label = "a form has no such field",
    note = "ask for a `String`, a `bool`, a number, an enum that derives `Elicit`, a `Vec` of such an enum, or an `Option` \
            of one of these"
)]
pub trait Asked: Sized {
    /// What the field holds.
    const KIND: Kind;

    /// Whether it may be left out.
    const OPTIONAL: bool;

    /// Reads the field; `None`, and a fault is noted, where it is missing or does not fit.
    fn take(answers: &mut Answers<'_>, place: usize) -> Option<Self>;

    /// Reads the field; the default where it is missing.
    fn take_or(answers: &mut Answers<'_>, place: usize, default: fn() -> Self) -> Option<Self>;

    /// Its JSON.
    fn json(&self) -> String;
}

/// Types that a field with `choices(..)` can have.
#[diagnostic::on_unimplemented(
    message = "`choices(..)` is for `String` and `Vec<String>`, and `{Self}` is neither",
    label = "can't be one of these words",
    note = "derive `Elicit` for an enum of your own, and ask for that, without `choices(..)`"
)]
pub trait Chosen: Sized {
    /// Whether several can be chosen.
    const SEVERAL: bool;

    /// Whether it may be left out.
    const OPTIONAL: bool;

    /// Reads the field; `None`, and a fault is noted, where it is missing or does not fit.
    fn take(answers: &mut Answers<'_>, place: usize) -> Option<Self>;

    /// Reads the field; the default where it is missing.
    fn take_or(answers: &mut Answers<'_>, place: usize, default: fn() -> Self) -> Option<Self>;

    /// Its JSON.
    fn json(&self) -> String;
}

/// Numbers, which `range(..)` can hold to.
#[diagnostic::on_unimplemented(
    message = "`range(..)` is for numbers, and `{Self}` is not a number",
    label = "not a number"
)]
pub trait Numeric {
    /// Asks.
    const CHECKED: () = ();
}

/// Text, which `length(..)` and `format` can hold to.
#[diagnostic::on_unimplemented(
    message = "`length(..)` and `format` are for text, and `{Self}` is not text",
    label = "not a `String`"
)]
pub trait Written {
    /// Asks.
    const CHECKED: () = ();
}

/// Lists, which `items(..)` can hold to.
#[diagnostic::on_unimplemented(message = "`items(..)` is for lists, and `{Self}` is not a list", label = "not a list")]
pub trait Listed {
    /// Asks.
    const CHECKED: () = ();
}

/// Reads what must be there.
macro_rules! always {
    () => {
        const OPTIONAL: bool = false;

        fn take(answers: &mut Answers<'_>, place: usize) -> Option<Self> {
            answers.field(place)?.or_else(|| answers.missing(place))
        }

        fn take_or(answers: &mut Answers<'_>, place: usize, default: fn() -> Self) -> Option<Self> {
            Some(answers.field(place)?.unwrap_or_else(default))
        }

        fn json(&self) -> String {
            Plain::json(self)
        }
    };
}

/// Reads what may be left out.
macro_rules! perhaps {
    () => {
        const OPTIONAL: bool = true;

        fn take(answers: &mut Answers<'_>, place: usize) -> Option<Self> {
            answers.field(place)
        }

        fn take_or(answers: &mut Answers<'_>, place: usize, default: fn() -> Self) -> Option<Self> {
            Some(answers.field(place)?.or_else(default))
        }

        fn json(&self) -> String {
            self.as_ref().map_or_else(String::new, Plain::json)
        }
    };
}

#[diagnostic::do_not_recommend]
impl<T: Open> Asked for T {
    const KIND: Kind = T::KIND;
    always!();
}

#[diagnostic::do_not_recommend]
impl<T: Open> Asked for Option<T> {
    const KIND: Kind = T::KIND;
    perhaps!();
}

macro_rules! chosen {
    ($($words:ty, $several:literal);*) => {$(
        #[diagnostic::do_not_recommend]
        impl Chosen for $words {
            const SEVERAL: bool = $several;
            always!();
        }

        #[diagnostic::do_not_recommend]
        impl Chosen for Option<$words> {
            const SEVERAL: bool = $several;
            perhaps!();
        }
    )*};
}

chosen!(String, false; Vec<String>, true);

macro_rules! numeric {
    ($($number:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Numeric for $number {}
    )*};
}

numeric!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, f32, f64);

#[diagnostic::do_not_recommend]
impl Written for String {}

#[diagnostic::do_not_recommend]
impl<T> Listed for Vec<T> {}

#[diagnostic::do_not_recommend]
impl<T: Numeric> Numeric for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: Written> Written for Option<T> {}

#[diagnostic::do_not_recommend]
impl<T: Listed> Listed for Option<T> {}
