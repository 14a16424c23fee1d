-- Where clocks go back at one in the morning (Havana, the Azores), midnight comes twice. PostgreSQL takes the second one, so that a period began
-- an hour after its first calls: they were charged to it, but its recount and a budget that took its place left them out.

create function first_midnight(midnight timestamptz, time_zone text) returns timestamptz
language sql
stable
as $$
  select case
    when (midnight - interval '1 hour') at time zone time_zone = midnight at time zone time_zone then midnight - interval '1 hour'
    else midnight
  end
$$;
revoke execute on function first_midnight(timestamptz, text) from public, anon, authenticated;
grant execute on function first_midnight(timestamptz, text) to catraca_gateway;

create or replace function budget_period_start(period text, time_zone text, at timestamptz) returns timestamptz
language sql
stable
as $$ select first_midnight(date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at, time_zone), time_zone) $$;

create or replace function budget_period_end(period text, time_zone text, at timestamptz) returns timestamptz
language sql
stable
as $$
  select first_midnight((
    date_trunc(case period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end, at at time zone time_zone)
    + case period when 'daily' then interval '1 day' when 'weekly' then interval '1 week' else interval '1 month' end
  ) at time zone time_zone, time_zone)
$$;
