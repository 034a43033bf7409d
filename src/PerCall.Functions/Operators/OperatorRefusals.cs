using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Functions.Audit;

namespace PerCall.Functions.Operators;

/// <summary>
/// Records refused management calls in the audit log: wrong keys by address, and missing roles by key and route. The first refusal is
/// written at once. Further ones are counted, and written as one record per subject after a minute. While refusals continue, the time
/// between two writes doubles, up to ten minutes. So a flood costs a bounded number of records, and a quiet instance has no timer.
/// </summary>
public sealed partial class OperatorRefusals(AuditLog audit, TimeProvider time, ILogger<OperatorRefusals> log) : IHostedService, IDisposable
{
    public const string WrongKey = "operator.refuse";
    public const string MissingRole = "operator.deny";

    /// <summary>The actor of calls with a wrong key.</summary>
    public const string Unknown = "unknown";

    /// <summary>Maximum number of subjects of one action in one write. Further ones are counted together.</summary>
    public const int MaxSubjects = 16;

    /// <summary>The subject that counts what exceeds <see cref="MaxSubjects"/>.</summary>
    public const string Others = "others";

    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<(string Actor, string Action, string Subject), (int Count, string? RequestId)> _counts = [];
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>Whether nothing is counted and no timer runs.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return !_isWriting;
            }
        }
    }

    /// <summary>Counts a refusal. Returns at once: a caller that is refused does not wait for storage.</summary>
    /// <param name="actor">The sender. Its request is the record's, if the record counts only this refusal.</param>
    /// <param name="action"><see cref="WrongKey"/> or <see cref="MissingRole"/>.</param>
    /// <param name="subject">For example <c>address/203.0.113.7</c>.</param>
    public void Count(Actor actor, string action, string subject)
    {
        lock (_lock)
        {
            var key = (actor.Name, action, subject);
            if (!_counts.ContainsKey(key) && _counts.Keys.Count(k => k.Action == action) >= MaxSubjects)
            {
                key = (Unknown, action, Others);
            }

            _counts[key] = _counts.TryGetValue(key, out var known) ? (known.Count + 1, null) : (1, actor.RequestId);
            if (!_isWriting)
            {
                _isWriting = true;
                _writing = Task.Run(WriteAsync);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Writes what is counted and not yet written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _writing.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stop.Dispose();

    private async Task WriteAsync()
    {
        var pause = FirstPause;
        while (Take() is { Count: > 0 } refusals)
        {
            foreach (var refusal in refusals)
            {
                await WriteAsync(refusal);
            }

            // Ends early at a stop, for the last write.
            await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
        }
    }

    private List<Act> Take()
    {
        lock (_lock)
        {
            var refusals = _counts.Select(c => new Act(
                new(c.Key.Actor, c.Value.RequestId), c.Key.Action, c.Key.Subject,
                After: new Dictionary<string, string> { ["count"] = c.Value.Count.ToString(CultureInfo.InvariantCulture) })).ToList();
            _counts.Clear();
            _isWriting = refusals.Count > 0;
            return refusals;
        }
    }

    private async Task WriteAsync(Act refusal)
    {
        try
        {
            await audit.WriteAsync(refusal);
        }
        catch (Exception e)
        {
            LogUnrecorded(e, refusal.Action, refusal.Subject, refusal.After!["count"]);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Failed to write the audit record {Action} of {Subject}, {Count} times")]
    private partial void LogUnrecorded(Exception exception, string action, string subject, string count);
}
