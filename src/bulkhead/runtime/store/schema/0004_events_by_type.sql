-- Events that people look up: proposals with their decisions, rule sets, access. They are few among all that time brings.

CREATE INDEX event_by_type ON event (institution, type, sequence);

CREATE INDEX event_by_proposal ON event (institution, type, ((body::jsonb #>> '{data,number}')::bigint))
    WHERE type IN ('ApprovalProposed', 'ApprovalDecided');

CREATE INDEX event_by_person ON event (institution, type, (body::jsonb #>> '{data,person}'), sequence)
    WHERE type IN ('ApprovalProposed', 'ApprovalDecided');
