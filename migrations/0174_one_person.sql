-- +goose Up
-- One person may have several sign-ins; their staff id says so.
ALTER TABLE audit.refetch ADD staff_id text NOT NULL DEFAULT '';
ALTER TABLE audit.refetch_step ADD staff_id text NOT NULL DEFAULT '';
ALTER TABLE objection_acts ADD staff_id text NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION audit.two_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF NEW.kind = 'fetched' THEN
		IF NOT EXISTS (SELECT FROM audit.refetch_step s WHERE s.request = NEW.request AND s.kind = 'approved') THEN
			RAISE EXCEPTION 'nobody approved it' USING ERRCODE = 'insufficient_privilege';
		END IF;
	ELSIF EXISTS (SELECT FROM audit.refetch r WHERE r.id = NEW.request
		AND (r.issuer = NEW.issuer AND r.subject = NEW.subject OR r.staff_id <> '' AND r.staff_id = NEW.staff_id)) THEN
		RAISE EXCEPTION 'who asks does not decide' USING ERRCODE = 'insufficient_privilege';
	END IF;
	RETURN NEW;
END $$;

-- What was done to a patient's record under a former number was done to theirs.
-- The numbers are found once, for the one patient whom a question is about: of
-- each row of a page it would take as long again as whether the patient is own.
CREATE FUNCTION audit.own_numbers(patient text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	WITH RECURSIVE known (n) AS (SELECT $1 UNION SELECT same FROM known, LATERAL (
		SELECT s.number FROM public.superseded s WHERE s.current = n AND NOT undone UNION ALL
		SELECT s.current FROM public.superseded s WHERE s.number = n AND NOT undone) others (same))
	SELECT string_agg(n, ',') FROM known HAVING bool_or(audit.own_patient(n))
$$;
CREATE FUNCTION audit.own_numbers_of(at timestamptz, event_id uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT audit.own_numbers(e.patient) FROM audit.event e WHERE e.at = $1 AND e.event_id = $2 AND e.patient <> ''
$$;

-- What somebody was told of an event goes when the event's month does.
CREATE FUNCTION privacy.only_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.told = '' AND to_jsonb(NEW) - 'told' = to_jsonb(OLD) - 'told' THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'what was asked is not changed' USING ERRCODE = 'insufficient_privilege';
END $$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION audit.own_numbers, audit.own_numbers_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.own_numbers, audit.own_numbers_of TO icr_desk;
ALTER POLICY desk_reaches_own_patients ON audit.event USING (
	patient <> '' AND current_setting('icr.reach', true) = 'organisation' AND current_setting('icr.reach_patients', true) = 'own'
	AND organisation <> current_setting('icr.reach_organisation', true)
	AND (audit.own_patient(patient) OR position(patient IN current_setting('icr.own_numbers', true)) > 0)
);
DROP TRIGGER question_append_only ON privacy.question;
CREATE TRIGGER question_append_only BEFORE DELETE ON privacy.question FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER question_only_forgets BEFORE UPDATE ON privacy.question FOR EACH ROW EXECUTE FUNCTION privacy.only_forget();

-- Only the monitor says which alerts are the same: who else could would keep
-- one of its alerts from being made.
REVOKE INSERT ON audit.alert FROM icr_server, icr_desk;
GRANT INSERT (alert_id, at, rule, event_id, event_at, organisation, severity, detail) ON audit.alert TO icr_server, icr_desk;

-- An alert that points to no time of an event is found by no officer.
GRANT SELECT (event_at) ON audit.alert TO icr_auditor;
