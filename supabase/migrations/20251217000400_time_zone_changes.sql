-- Another time zone is another calendar. The period of the new one began with nothing used, so that whoever changed a client's zone gave it its
-- whole limit once more. Its budgets are replaced as by another period (docs/decisions/0009): the new ones begin with the client's rows of the
-- days that they count and with the calls in flight. Where the period is the same in both zones, nothing is.

create function catraca_clients_changed_time_zone() returns trigger
language plpgsql
as $$
begin
  if not exists (select 1 from clients_after n join clients_before o using (id) where n.time_zone <> o.time_zone) then
    return null;
  end if;
  update budgets b
  set retired_at = ledger_now(),
    successor = to_jsonb(b) - array['limit_amount', 'raised_amount', 'origin_id', 'retired_at', 'successor', 'updated_at']
      || jsonb_build_object('id', gen_random_uuid())
  from clients_after n join clients_before o using (id)
  where b.client_id = n.id and b.retired_at is null
    and (budget_period_start(b.budget_period, n.time_zone, ledger_now()), budget_period_end(b.budget_period, n.time_zone, ledger_now()))
      <> (budget_period_start(b.budget_period, o.time_zone, ledger_now()), budget_period_end(b.budget_period, o.time_zone, ledger_now()));
  return null;
end
$$;
revoke execute on function catraca_clients_changed_time_zone() from public, anon, authenticated;
grant execute on function catraca_clients_changed_time_zone() to catraca_gateway;

create trigger change_time_zone after update on clients
referencing old table as clients_before new table as clients_after
for each statement execute function catraca_clients_changed_time_zone();
