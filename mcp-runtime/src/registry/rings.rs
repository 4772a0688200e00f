//! The layers around a server's items.

use super::group::Group;
use crate::gate::ring::Ring;
use crate::layers::Layers;
use crate::lock::Lock;

/// The layers around a server's items: those around all, and those around the items of single groups.
#[derive(Debug, Default)]
pub(crate) struct Rings {
    pub(crate) layers: Layers,
    /// What this server puts around the items of a group.
    pub(crate) of_groups: Vec<(&'static Group, Layers)>,
    /// The ring of the server, once it is built.
    server: Option<Ring>,
    /// The rings of the groups that were asked for.
    groups: Lock<Vec<(&'static Group, Option<Ring>)>>,
}

impl Rings {
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
