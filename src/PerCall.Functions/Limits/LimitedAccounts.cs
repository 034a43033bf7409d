using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PerCall.Functions.Budget;
using PerCall.Functions.Limits.Rate;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Limits;

/// <summary>The limits of accounts that have called this instance lately.</summary>
public sealed class LimitedAccounts(LimitsTable table, IOptions<LimitsOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, AccountLimits> _accounts = new(StringComparer.Ordinal);

    public int Count => _accounts.Count;

    public AccountLimits Of(Caller caller)
    {
        var account = _accounts.GetOrAdd(
            caller.Account,
            a => new AccountLimits(new(table, a, time), RateRow.OfTokens(table, a, time), options.Value.ConcurrentCalls, time));
        account.Follow(caller.Terms);
        return account;
    }

    /// <summary>Renews or returns permits, and discards idle accounts. Must be called about once a second.</summary>
    public Task UpkeepAsync()
    {
        foreach (var (name, account) in _accounts)
        {
            if (account.IsIdle(Forgotten))
            {
                _accounts.TryRemove(name, out _);
            }
        }

        return Task.WhenAll(_accounts.Values.Select(a => a.UpkeepAsync()));
    }

    public Task GiveBackAsync() => Task.WhenAll(_accounts.Values.Select(a => a.GiveBackAsync()));
}
