//! `range(1..=10)`, `length(1..=20)`, `pattern = "…"`: what an argument must be like.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, LitStr, RangeLimits};

use super::literal::Literal;
use crate::attr::options::Options;

pub(crate) enum Constraint {
    Range { min: Option<Number>, max: Option<Number>, exclusive_max: bool, word: Span },
    Length { min: Option<u64>, max: Option<u64>, name: &'static str, word: Span },
    Pattern { pattern: LitStr, word: Span },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i128),
    Float(f64),
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "only compared, and only to find slips")]
    pub(crate) fn value(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        }
    }
}

impl Constraint {
    pub(crate) fn read_all(options: &Options<'_>) -> Vec<Self> {
        let pattern = options.word("pattern").zip(options.text("pattern"));
        let pattern = pattern.map(|(word, pattern)| Constraint::Pattern { pattern, word });
        [Self::range(options), Self::length(options, "length"), pattern].into_iter().flatten().collect()
    }

    pub(crate) fn range(options: &Options<'_>) -> Option<Self> {
        options.list("range").and_then(|(word, list)| options.errors.ok(range(word, &list)))
    }

    /// `length(…)`, or another word for how long something is.
    pub(crate) fn length(options: &Options<'_>, name: &'static str) -> Option<Self> {
        options.list(name).and_then(|(word, list)| options.errors.ok(length(name, word, &list)))
    }

    /// Whether a literal keeps to it. What can't be told here is told at run time.
    pub(crate) fn admits(&self, literal: &Literal) -> bool {
        match (self, literal) {
            (Constraint::Range { min, max, exclusive_max, .. }, _) => {
                let Some(number) = literal.number() else { return true };
                let above = min.is_none_or(|min| min.value() <= number);
                let below = max.is_none_or(|max| number < max.value() || (number <= max.value() && !exclusive_max));
                above && below
            }
            (Constraint::Length { .. }, Literal::Text(text)) => self.admits_length(text.chars().count() as u64),
            _ => true,
        }
    }

    /// Whether something so long keeps to it.
    pub(crate) fn admits_length(&self, length: u64) -> bool {
        let Constraint::Length { min, max, .. } = self else { return true };
        min.is_none_or(|min| min <= length) && max.is_none_or(|max| length <= max)
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Constraint::Range { .. } => "range",
            Constraint::Length { name, .. } => name,
            Constraint::Pattern { .. } => "pattern",
        }
    }

    pub(crate) fn word(&self) -> Span {
        match self {
            Constraint::Range { word, .. } | Constraint::Length { word, .. } | Constraint::Pattern { word, .. } => {
                *word
            }
        }
    }
}

fn range(word: Span, list: &TokenStream) -> syn::Result<Constraint> {
    const WISH: &str = "`range` takes two numbers: write `range(1..=10)`, `range(0.0..1.0)` or \
                        `range(1..)`";
    let (start, end, limits) = bounds(list, WISH)?;
    let min = start.map(|bound| number(&bound, WISH)).transpose()?;
    let max = end.map(|bound| number(&bound, WISH)).transpose()?;
    let exclusive_max = max.is_some() && matches!(limits, RangeLimits::HalfOpen(_));
    if let (Some(min), Some(max)) = (min, max)
        && (min.value() > max.value() || (min.value() >= max.value() && exclusive_max))
    {
        return Err(syn::Error::new_spanned(list, "no number is in this range: swap its ends"));
    }
    Ok(Constraint::Range { min, max, exclusive_max, word })
}

fn length(name: &'static str, word: Span, list: &TokenStream) -> syn::Result<Constraint> {
    let wish = &format!("`{name}` takes whole numbers: write `{name}(1..=20)`, `{name}(1..)` or `{name}(3)`");
    let whole = |bound: &Expr| match number(bound, wish)? {
        Number::Int(int) => u64::try_from(int).map_err(|_| syn::Error::new_spanned(bound, wish)),
        Number::Float(_) => Err(syn::Error::new_spanned(bound, wish)),
    };
    if let Ok(exact) = syn::parse2::<Expr>(list.clone())
        && Literal::read(&exact).is_some()
    {
        let exact = Some(whole(&exact)?);
        return Ok(Constraint::Length { min: exact, max: exact, name, word });
    }

    let (start, end, limits) = bounds(list, wish)?;
    let min = start.as_ref().map(whole).transpose()?;
    let end = end.as_ref().map(whole).transpose()?;
    let max = match (end, limits) {
        (Some(end), RangeLimits::HalfOpen(_)) => end.checked_sub(1),
        (end, _) => end,
    };
    if min > max && max.is_some() || (end == Some(0) && max.is_none()) {
        return Err(syn::Error::new_spanned(list, "no length is in this range: swap its ends"));
    }
    Ok(Constraint::Length { min, max, name, word })
}

type Bounds = (Option<Expr>, Option<Expr>, RangeLimits);

fn bounds(list: &TokenStream, wish: &str) -> syn::Result<Bounds> {
    match syn::parse2::<Expr>(list.clone()) {
        Ok(Expr::Range(range)) if range.start.is_some() || range.end.is_some() => {
            let own = |bound: Option<Box<Expr>>| bound.map(|bound| *bound);
            Ok((own(range.start), own(range.end), range.limits))
        }
        _ => Err(syn::Error::new_spanned(list, wish)),
    }
}

fn number(bound: &Expr, wish: &str) -> syn::Result<Number> {
    let number = match Literal::read(bound) {
        Some(Literal::Int(digits)) => digits.parse().ok().map(Number::Int),
        Some(Literal::Float(digits)) => digits.parse().ok().filter(|float: &f64| float.is_finite()).map(Number::Float),
        _ => None,
    };
    number.ok_or_else(|| syn::Error::new_spanned(bound, wish))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn length_of(list: TokenStream) -> Option<(Option<u64>, Option<u64>)> {
        match length("length", Span::call_site(), &list).ok()? {
            Constraint::Length { min, max, .. } => Some((min, max)),
            _ => None,
        }
    }

    #[test]
    fn lengths_are_exact_or_between() {
        assert_eq!(length_of(quote!(3)), Some((Some(3), Some(3))));
        assert_eq!(length_of(quote!(1..=20)), Some((Some(1), Some(20))));
        assert_eq!(length_of(quote!(..20)), Some((None, Some(19))));
        assert_eq!(length_of(quote!(1..)), Some((Some(1), None)));
        assert_eq!(length_of(quote!(-1..)), None);
        assert_eq!(length_of(quote!(5..2)), None);
        assert_eq!(length_of(quote!(..0)), None);
        assert_eq!(length_of(quote!(..)), None);
        assert_eq!(length_of(quote!(1.5)), None);
    }

    #[test]
    fn ranges_know_what_they_admit() {
        let admits = |list, literal: &str| {
            let literal = Literal::read(&syn::parse_str(literal).unwrap()).unwrap();
            range(Span::call_site(), &list).unwrap().admits(&literal)
        };
        assert!(admits(quote!(-5..=10), "-5"));
        assert!(admits(quote!(-5..=10), "10"));
        assert!(!admits(quote!(-5..=10), "11"));
        assert!(!admits(quote!(0.0..1.0), "1.0"));
        assert!(admits(quote!(1..), "100"));
        assert!(range(Span::call_site(), &quote!(10..=1)).is_err());
        assert!(range(Span::call_site(), &quote!(1..1)).is_err());
        assert!(range(Span::call_site(), &quote!(LOW..=HIGH)).is_err());
    }
}
