-- What the client's portal and the operator's pages need.

-- Off, because a key spends the client's budget: the operator says who may make some.
alter table clients add column portal_may_manage_keys boolean not null default false;
comment on column clients.portal_may_manage_keys is 'users of role client may make and revoke the client''s keys in the portal';

-- The newest messages of all channels, a page at a time.
create index messages_newest on messages (created_at desc, id desc);
