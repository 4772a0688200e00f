//! A smart home: a hub that mounts the tools of its lights. Run `cargo run -p smart-home -- call lights_set_room room=hall on=true`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

static LIGHTS: Group = Group::new("lights").instructions("Read the lights before you change them.");

#[derive(Clone, Serialize, JsonSchema)]
struct Light {
    room: &'static str,
    on: bool,
    /// In percent.
    brightness: u8,
}

/// A change to lights. What is left out stays as it is.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
struct Change {
    on: Option<bool>,
    /// In percent.
    #[schemars(range(max = 100))]
    brightness: Option<u8>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scene {
    Reading,
    Movie,
    Night,
}

/// The bridge to the lights, which is made up.
struct Bridge(Mutex<BTreeMap<&'static str, Light>>);

impl Bridge {
    fn open() -> Self {
        let light = |room| Light { room, on: false, brightness: 50 };
        Self(Mutex::new([("ceiling", light("hall")), ("sofa", light("living")), ("desk", light("living"))].into()))
    }

    fn lights(&self) -> BTreeMap<&'static str, Light> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the lights that `which` names, and gives their names.
    fn change(&self, change: Change, which: impl Fn(&str, &Light) -> bool) -> Result<Vec<&'static str>> {
        let mut lights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Vec::new();
        for (name, light) in lights.iter_mut().filter(|(name, light)| which(name, light)) {
            light.on = change.on.unwrap_or(light.on);
            light.brightness = change.brightness.unwrap_or(light.brightness);
            changed.push(*name);
        }
        if changed.is_empty() { Err(Error::new("there is no such light; read the lights first")) } else { Ok(changed) }
    }
}

/// Says how the home is.
#[tool(read_only)]
fn status(bridge: State<Bridge>) -> String {
    let lights = bridge.lights();
    format!("{} of {} lights are on", lights.values().filter(|light| light.on).count(), lights.len())
}

#[handlers(group = LIGHTS)]
impl Bridge {
    /// Reads all lights.
    #[tool(read_only)]
    fn read(&self) -> BTreeMap<&'static str, Light> {
        self.lights()
    }

    /// Lists the rooms.
    #[tool(read_only)]
    fn rooms(&self) -> std::collections::BTreeSet<&'static str> {
        self.lights().values().map(|light| light.room).collect()
    }

    /// Changes one light.
    #[tool(idempotent)]
    fn set(&self, name: &str, change: Change) -> Result<Vec<&'static str>> {
        self.change(change, |light, _| light == name)
    }

    /// Changes all lights of a room.
    #[tool(idempotent)]
    fn set_room(&self, room: &str, change: Change) -> Result<Vec<&'static str>> {
        self.change(change, |_, light| light.room == room)
    }

    /// Sets a scene in a room.
    #[tool(idempotent)]
    fn set_scene(&self, room: &str, scene: Scene) -> Result<Vec<&'static str>> {
        let brightness = match scene {
            Scene::Reading => 100,
            Scene::Movie => 20,
            Scene::Night => 0,
        };
        let change = Change { on: Some(brightness > 0), brightness: Some(brightness) };
        self.change(change, |_, light| light.room == room)
    }
}

mcp_runtime::main!(|server| server.state(Bridge::open()).mount_as("lights", &LIGHTS));
