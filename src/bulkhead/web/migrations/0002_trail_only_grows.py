"""The database refuses to change or remove what the trail says."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION web_trail_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail only grows: % is refused', TG_OP;
END $$;
CREATE TRIGGER trail_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON web_trail
    FOR EACH STATEMENT EXECUTE FUNCTION web_trail_only_grows();
"""
BACKWARDS = """
DROP TRIGGER trail_only_grows ON web_trail;
DROP FUNCTION web_trail_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
