//! The layers around a server's items.

use super::group::Group;
use super::problem::Problem;
use crate::gate::ring::Ring;
use crate::layers::Layers;
use crate::lock::Lock;

/// The layers around a server's items: those around all, and those around the items of single groups.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    pub(crate) layers: Layers,
    /// What this server puts around the items of a group.
    of_groups: Vec<(&'static Group, Layers)>,
    /// What finds groups in vain. A pointer: a server without such layers is linked without it.
    lost: Option<Lost>,
    /// The ring of the server, once it is built.
    server: Option<Ring>,
    /// The rings of the groups that were asked for.
    groups: Lock<Vec<(&'static Group, Option<Ring>)>>,
}

/// What is wrong with the layers of groups, in a server that has something of these groups.
type Lost = fn(&Rings, Vec<&'static Group>) -> Vec<Problem>;

impl Rings {
    /// Puts layers around the items of a group.
    pub(crate) fn put_around(&mut self, group: &'static Group, layers: Layers) {
        self.of_groups.push((group, layers));
        self.lost = Some(Self::lost);
    }

    /// Notes layers around groups of which the server has nothing: they would guard nothing.
    pub(super) fn check(&self, there: impl FnOnce() -> Vec<&'static Group>, problems: &mut Vec<Problem>) {
        if let Some(lost) = self.lost {
            problems.extend(lost(self, there()));
        }
    }

    fn lost(&self, there: Vec<&'static Group>) -> Vec<Problem> {
        let is_there = |group: &Group| there.iter().any(|own| own.is(group));
        let lost = self.of_groups.iter().map(|(group, _)| *group).filter(|group| !is_there(group));
        lost.map(|group| Problem::general(format!("layers_for: the server has nothing of group `{}`", group.name)))
            .collect()
    }

    /// Makes the ring of the server: no layer comes later.
    pub(super) fn close(&mut self) {
        self.server = self.layers.ring();
    }

    /// The ring of the server.
    pub(crate) fn server(&self) -> Option<&Ring> {
        self.server.as_ref()
    }

    /// The ring of a group: the same for all of its items, whenever they are bound.
    pub(super) fn of(&self, group: Option<&'static Group>) -> Option<Ring> {
        let group = group?;
        let mut groups = self.groups.lock();
        if let Some((_, ring)) = groups.iter().find(|(known, _)| known.is(group)) {
            return ring.clone();
        }
        let ring = self.layers_of(group).ring();
        groups.push((group, ring.clone()));
        ring
    }

    /// What the layers are called, from the outside in; those of a group with its name.
    #[cfg(feature = "cli")]
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.layers.names().into_iter().map(str::to_owned).collect();
        for (group, _) in self.groups.lock().iter() {
            let layers = self.layers_of(group);
            names.extend(layers.names().into_iter().map(|name| format!("{name} (group {})", group.name)));
        }
        names
    }

    /// The layers of a group: this server's, and within them the group's own.
    fn layers_of(&self, group: &'static Group) -> Layers {
        let mut layers = Layers::new();
        for (_, given) in self.of_groups.iter().filter(|(known, _)| known.is(group)) {
            layers.extend(given.clone());
        }
        if let Some(own) = group.layers {
            layers.extend(own());
        }
        layers
    }
}
