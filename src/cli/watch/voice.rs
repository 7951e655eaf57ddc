//! The voice of a watch: the user's hooks. They are called beside the watch, which waits for none of them. One that
//! fails, hangs or is missing is reported, and harms nothing else.

use std::{
    collections::HashMap,
    io::{Seek, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};

use super::{report::log_line, service::Service};
use crate::{
    config::Hooks,
    core::{Ending, Running, io_reason, last_lines, now},
    text,
};

/// What a hook is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Occasion {
    Success,
    Failure,
    Stale,
    Rewind,
}

impl Occasion {
    fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Stale => "stale",
            Self::Rewind => "rewind",
        }
    }

    fn hook(self, hooks: &Hooks) -> &[String] {
        match self {
            Self::Success => &hooks.on_success,
            Self::Failure => &hooks.on_failure,
            Self::Stale => &hooks.on_stale,
            Self::Rewind => &hooks.on_rewind,
        }
    }
}

/// A call of a hook.
struct HookCall {
    occasion: Occasion,
    words: Vec<String>,
    data_dir: String,
    message: String,
    json: Value,
}

/// The hooks, and the threads that call them.
pub(super) struct Voice {
    hooks: Hooks,
    queue: Option<SyncSender<HookCall>>,
    callers: Vec<JoinHandle<()>>,
    reported: Reported,
}

/// When a failure of a hook was reported last.
type Reported = Arc<Mutex<HashMap<(Occasion, &'static str), Instant>>>;

impl Voice {
    /// How many calls may wait.
    const QUEUE: usize = 256;
    /// How many run at a time.
    const CALLERS: usize = 4;

    /// Starts the threads, if there is any hook. After `stop` a hook is given a little time.
    pub(super) fn new(hooks: Hooks, stop: &Arc<AtomicBool>) -> Self {
        let mut voice = Self {
            queue: None,
            callers: Vec::new(),
            reported: Arc::default(),
            hooks,
        };
        if voice.hooks == Hooks::default() {
            return voice;
        }
        let (queue, calls) = sync_channel(Self::QUEUE);
        let calls = Arc::new(Mutex::new(calls));
        for _ in 0..Self::CALLERS {
            let (calls, reported) = (Arc::clone(&calls), Arc::clone(&voice.reported));
            let stop = Arc::clone(stop);
            let thread = thread::Builder::new().name("hook".to_owned());
            let spawned = thread.spawn(move || call_all(&calls, &reported, &stop));
            voice.callers.extend(spawned.ok());
        }
        voice.queue = Some(queue);
        voice
    }

    /// Returns whether a hook is called on an occasion.
    pub(super) fn has(&self, occasion: Occasion) -> bool {
        !occasion.hook(&self.hooks).is_empty()
    }

    /// Calls the hook for an occasion, if there is one.
    pub(super) fn say(
        &self,
        occasion: Occasion,
        data_dir: &Path,
        message: &str,
        facts: Map<String, Value>,
    ) {
        let words = occasion.hook(&self.hooks);
        let Some(queue) = self.queue.as_ref().filter(|_| !words.is_empty()) else {
            return;
        };
        // Its file system may not respond, so it is not touched.
        let data_dir = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
        let data_dir = data_dir.display().to_string();
        let message = text::one_line(message).into_owned();
        let mut json = json!({
            "event": occasion.name(),
            "data_dir": &data_dir,
            "time": crate::cli::list::rfc3339(now()),
            "message": &message,
        });
        if let Value::Object(object) = &mut json {
            object.extend(facts);
        }
        let call = HookCall {
            occasion,
            words: words.to_vec(),
            data_dir,
            message,
            json,
        };
        if queue.try_send(call).is_err() {
            let what = "was left out, since too many calls wait for an end";
            report(occasion, what, "", &self.reported);
        }
    }

    /// Waits until the hooks that were called have ended.
    pub(super) fn end(mut self) {
        drop(self.queue.take());
        for caller in self.callers.drain(..) {
            // It has reported why it ended.
            let _ = caller.join();
        }
    }
}

fn call_all(calls: &Mutex<Receiver<HookCall>>, reported: &Reported, stop: &AtomicBool) {
    let next = || {
        let calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.recv()
    };
    while let Ok(call) = next() {
        if let Err((what, said)) = run(&call, stop) {
            report(call.occasion, what, &said, reported);
        }
    }
}

/// Calls a hook, and waits for its end.
fn run(call: &HookCall, stop: &AtomicBool) -> Result<(), (&'static str, String)> {
    const LONGEST: Duration = Duration::from_secs(30);
    const AFTER_STOP: Duration = Duration::from_secs(3);
    const PART: Duration = Duration::from_millis(50);
    let failed = |what: &'static str| {
        move |error: std::io::Error| (what, format!(": {}", io_reason(&error)))
    };
    let cannot = "cannot be given its input";
    let mut input = tempfile::tempfile().map_err(failed(cannot))?;
    writeln!(input, "{}", call.json).map_err(failed(cannot))?;
    input.rewind().map_err(failed(cannot))?;
    let Some((program, arguments)) = call.words.split_first() else {
        return Ok(());
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("UNREWIND_EVENT", call.occasion.name())
        .env("UNREWIND_MESSAGE", &call.message)
        .env("UNREWIND_DATA_DIR", &call.data_dir)
        .stdin(Stdio::from(input))
        .stdout(Stdio::null());
    for variable in Service::VARIABLES {
        command.env_remove(variable);
    }
    let mut running = Running::start(command).map_err(failed("cannot be started"))?;
    let (began, mut stopped) = (Instant::now(), None);
    loop {
        let ended = running.ended_within(PART).map_err(failed("is lost"))?;
        let said = last_lines(running.errors());
        match ended {
            Some(Ending::Exited(status)) if status.success() => return Ok(()),
            Some(Ending::Exited(status)) => return Err(("failed", format!(" ({status}){said}"))),
            Some(Ending::WantedTerminal) => {
                return Err(("needs a terminal, but runs without one", said));
            }
            None => {}
        }
        if stop.load(Ordering::SeqCst) {
            stopped.get_or_insert_with(Instant::now);
        }
        if began.elapsed() >= LONGEST || stopped.is_some_and(|it| it.elapsed() >= AFTER_STOP) {
            // It ends with this value.
            return Err(("did not end in time, and was ended", said));
        }
    }
}

/// Prints that a hook failed, at most once an hour for each way to fail.
fn report(occasion: Occasion, what: &'static str, why: &str, reported: &Reported) {
    const AGAIN: Duration = Duration::from_hours(1);
    let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
    let last = reported.get(&(occasion, what));
    if last.is_some_and(|last| last.elapsed() < AGAIN) {
        return;
    }
    reported.insert((occasion, what), Instant::now());
    let text = format!("! the hook on_{} {what}{why}", occasion.name());
    log::warn!("{text}");
    log_line(now(), &text);
}
