//! What screens read, each by one kind of request and reply: a screen's requests, their work and its
//! replies stand beside the screen, in `fetch.rs`.

use super::{
    changes::{ChangesReply, ChangesRequest},
    diff::{DiffReply, DiffRequest},
    events::{EventsReply, EventsRequest},
    interim::{Interim, Tell},
    rows::{RowsReply, RowsRequest},
    search::{SearchReply, SearchRequest},
};
use crate::core::{Error, Workspace};

/// Something that a screen reads.
#[derive(Debug)]
pub enum Request {
    /// For the rows that differ.
    Changes(ChangesRequest),
    /// For the difference.
    Diff(DiffRequest),
    /// For the events.
    Events(EventsRequest),
    /// For the rows of a table.
    Rows(Box<RowsRequest>),
    /// For the search.
    Search(SearchRequest),
}

/// What a screen is told of what it reads.
#[derive(Debug)]
pub enum Reply {
    /// For the rows that differ.
    Changes(ChangesReply),
    /// For the difference.
    Diff(DiffReply),
    /// For the events.
    Events(EventsReply),
    /// For the rows of a table.
    Rows(RowsReply),
    /// For the search.
    Search(SearchReply),
}

impl Request {
    /// Reads, plainly; what it comes to is the last reply.
    pub fn fetch(self, workspace: &Workspace, tell: Tell<'_, Reply>) -> Reply {
        match self {
            Self::Changes(request) => {
                let tell = &mut |interim: Interim<_>| tell(interim.map(Reply::Changes));
                Reply::Changes(request.fetch(workspace, tell))
            }
            Self::Diff(request) => {
                let tell = &mut |interim: Interim<_>| tell(interim.map(Reply::Diff));
                Reply::Diff(request.fetch(workspace, tell))
            }
            Self::Events(request) => {
                let tell = &mut |interim: Interim<_>| tell(interim.map(Reply::Events));
                Reply::Events(request.fetch(workspace, tell))
            }
            Self::Rows(request) => {
                let tell = &mut |interim: Interim<_>| tell(interim.map(Reply::Rows));
                Reply::Rows(request.fetch(workspace, tell))
            }
            Self::Search(request) => {
                let tell = &mut |interim: Interim<_>| tell(interim.map(Reply::Search));
                Reply::Search(request.fetch(workspace, tell))
            }
        }
    }
}

impl Reply {
    /// What went wrong, if anything did.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Changes(ChangesReply::Page(Err(error)) | ChangesReply::Found(Err(error)))
            | Self::Diff(DiffReply::Compared(Err(error)))
            | Self::Events(EventsReply::Known(Err(error)) | EventsReply::Texts(Err(error)))
            | Self::Rows(Err(error))
            | Self::Search(SearchReply::Over(Err(error))) => Some(error),
            _ => None,
        }
    }
}
