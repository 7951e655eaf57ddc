//! How a command ends: its exit code, or a signal.

/// The outcome of a command, with its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0.
    Done,
    /// 10: no periodic snapshot is due.
    NotDue,
    /// 1: the user declined.
    Declined,
    /// 1: two sides differ.
    Different,
    /// 1: a snapshot is damaged or incompatible.
    Incompatible,
    /// 1: something needs attention.
    Attention,
    /// 2: a part of the work failed, and its error was printed.
    Failed,
    /// 1: nothing was found.
    NotFound,
    /// 2: nothing was found, but not everything could be searched.
    Unsure,
    /// The exit code of the command of `run`.
    Passed(u8),
    /// The signal that ended the command of `run`.
    EndedBy(i32),
}

impl Exit {
    /// Returns the process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Attention
            | Self::Declined
            | Self::Different
            | Self::NotFound
            | Self::Incompatible => 1,
            Self::Unsure | Self::Failed => 2,
            Self::NotDue => 10,
            Self::Passed(code) => code,
            Self::EndedBy(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }

    /// Ends the process here, if a signal is to end it.
    pub fn end(self) {
        #[cfg(unix)]
        if let Self::EndedBy(signal) = self {
            crate::signals::end_by(signal);
        }
    }
}
