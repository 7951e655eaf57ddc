//! What every reading for a screen needs: whose rows are read, and what is told of them meanwhile.

use std::ops::ControlFlow;

use crate::core::{Progress, Snapshot};

/// What is told before the last reply.
#[derive(Debug)]
pub enum Interim<R> {
    /// How far the reading is.
    Progress(Progress),
    /// What is known already.
    Reply(R),
}

/// Takes what is told before the last reply; it answers a progress by whether the reading goes on.
pub type Tell<'t, R> = &'t mut dyn FnMut(Interim<R>) -> ControlFlow<()>;

impl<R> Interim<R> {
    /// The same with the reply as another.
    pub fn map<T>(self, into: impl FnOnce(R) -> T) -> Interim<T> {
        match self {
            Self::Progress(progress) => Interim::Progress(progress),
            Self::Reply(reply) => Interim::Reply(into(reply)),
        }
    }
}

/// Whose rows a screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The database as it is.
    Live,
    /// A snapshot's.
    Snapshot(Box<Snapshot>),
}
