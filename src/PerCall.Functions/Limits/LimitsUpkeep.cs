using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Budget;

namespace PerCall.Functions.Limits;

/// <summary>Renews this instance's leases each second, and returns idle ones. Returns all of them when the instance stops.</summary>
public sealed partial class LimitsUpkeep(
    LimitedAccounts accounts, Allowances allowances, TimeProvider time, ILogger<LimitsUpkeep> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(() => Task.WhenAll(accounts.GiveBackAsync(), allowances.GiveBackAsync()).WaitAsync(cancellationToken));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            await TryAsync(() => Task.WhenAll(accounts.UpkeepAsync(), allowances.UpkeepAsync()));
        }
    }

    private async Task TryAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (Exception e)
        {
            // Leases that could not be returned expire.
            LogFailed(e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to renew or return limits; retrying")]
    private partial void LogFailed(Exception exception);
}
