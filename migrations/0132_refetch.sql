-- +goose Up
-- Requests to fetch again what a page showed. Two people agree: the one who
-- asks, and another who approves. Rows are added, never changed.

CREATE TABLE audit.refetch (
	id           uuid PRIMARY KEY,
	at           timestamptz NOT NULL,
	event_id     uuid NOT NULL,        -- of what was shown
	event_at     timestamptz NOT NULL,
	reason       text NOT NULL CHECK (reason <> ''),
	reference    text NOT NULL,        -- of its event on the trail
	issuer       text NOT NULL,
	subject      text NOT NULL,
	staff_name   text NOT NULL,
	organisation text NOT NULL
);
CREATE INDEX refetch_at ON audit.refetch (at DESC, id DESC);

CREATE TABLE audit.refetch_step (
	request    uuid NOT NULL REFERENCES audit.refetch,
	n          integer NOT NULL,
	at         timestamptz NOT NULL,
	kind       text NOT NULL CHECK (kind IN ('approved', 'refused') AND n = 1 OR kind = 'fetched' AND n > 1),
	words      text NOT NULL,
	reference  text NOT NULL,
	issuer     text NOT NULL,
	subject    text NOT NULL,
	staff_name text NOT NULL,
	PRIMARY KEY (request, n)
);

CREATE TRIGGER refetch_append_only BEFORE UPDATE OR DELETE ON audit.refetch FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER refetch_no_truncate BEFORE TRUNCATE ON audit.refetch FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER refetch_step_append_only BEFORE UPDATE OR DELETE ON audit.refetch_step FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER refetch_step_no_truncate BEFORE TRUNCATE ON audit.refetch_step FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

-- +goose StatementBegin
CREATE FUNCTION audit.two_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.kind = 'fetched' THEN
		IF NOT EXISTS (SELECT FROM audit.refetch_step s WHERE s.request = NEW.request AND s.kind = 'approved') THEN
			RAISE EXCEPTION 'nobody approved it' USING ERRCODE = 'insufficient_privilege';
		END IF;
	ELSIF EXISTS (SELECT FROM audit.refetch r WHERE r.id = NEW.request AND r.issuer = NEW.issuer AND r.subject = NEW.subject) THEN
		RAISE EXCEPTION 'who asks does not decide' USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER refetch_two_people BEFORE INSERT ON audit.refetch_step FOR EACH ROW EXECUTE FUNCTION audit.two_people();

-- Whoever reaches the event reaches what is asked about it.
ALTER TABLE audit.refetch ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.refetch_step ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk_reaches ON audit.refetch FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM audit.event e WHERE e.at = event_at AND e.event_id = refetch.event_id));
CREATE POLICY desk_asks ON audit.refetch FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM audit.event e WHERE e.at = event_at AND e.event_id = refetch.event_id));
CREATE POLICY desk_reaches ON audit.refetch_step FOR SELECT TO icr_desk USING (EXISTS (SELECT FROM audit.refetch r WHERE r.id = request));
CREATE POLICY desk_decides ON audit.refetch_step FOR INSERT TO icr_desk WITH CHECK (EXISTS (SELECT FROM audit.refetch r WHERE r.id = request));
GRANT SELECT, INSERT ON audit.refetch, audit.refetch_step TO icr_desk;
