using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.Configuration;

/// <summary>
/// Durations that the Functions host fixes and that no application should change. They can be set in section <c>PerCall:Hosting</c>,
/// for tests that cannot wait ten minutes.
/// </summary>
internal sealed record HostingOptions
{
    public const string SectionName = "PerCall:Hosting";

    /// <summary>How long a message in progress is hidden from other receivers at a time; renewed after half of it.</summary>
    public TimeSpan MessageLease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Blob lease of a singleton: 15 to 60 seconds (storage's limits). It bounds the wait after a killed process.</summary>
    public TimeSpan SingletonLease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Pause between two attempts to acquire a singleton's lease; null: a fifth of the lease.</summary>
    public TimeSpan? SingletonRetry { get; init; }

    /// <summary>How long a request to a queue or to the host's own container waits for a response before it is retried.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long the host's storage account may take to respond at start.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between the opening of the port and the first work of the listeners.</summary>
    public TimeSpan ListenerDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a timer pauses after a storage failure.</summary>
    public TimeSpan FaultPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause between two listings of the blob containers; null: 2 seconds in development, else 10.</summary>
    public TimeSpan? BlobScanInterval { get; init; }

    /// <summary>Blob port of the development storage; queues and tables are on the next two.</summary>
    public int DevelopmentStoragePort { get; init; } = 10000;

    /// <summary>How long running work may continue after the shutdown begins, before it is cancelled.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long cancelled work may take to end before it is abandoned.</summary>
    public TimeSpan CancellationPeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a pending poll may wait for its response after the shutdown begins.</summary>
    public TimeSpan ReceivePeriod { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long it may take to return an unfinished message to its queue.</summary>
    public TimeSpan GiveBackPeriod { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long a message of a poison queue is hidden after the maximum number of failures, before it is retried.
    /// </summary>
    public TimeSpan PoisonPause { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bearer token for <c>/metrics</c>; null: available only in development and on the same machine.</summary>
    public string? MetricsKey { get; init; }

    public static HostingOptions Read(IConfiguration configuration, ICollection<string> faults)
    {
        var section = new SettingsReader(configuration.GetSection(SectionName), SectionName, faults);
        var defaults = new HostingOptions();
        return new HostingOptions
        {
            MessageLease = section.Duration("MessageLease", defaults.MessageLease, TimeSpan.FromSeconds(2), TimeSpan.FromDays(7)),
            SingletonLease = section.Duration(
                "SingletonLease", defaults.SingletonLease, TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60)),
            SingletonRetry = section["SingletonRetry"] is null
                ? null
                : section.Duration("SingletonRetry", default, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60)),
            AnswerTimeout = section.Duration(
                "AnswerTimeout", defaults.AnswerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            StartTimeout = section.Duration("StartTimeout", defaults.StartTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            ListenerDelay = section.Duration("ListenerDelay", defaults.ListenerDelay, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            FaultPause = section.Duration("FaultPause", defaults.FaultPause, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)),
            BlobScanInterval = section["BlobScanInterval"] is null
                ? null
                : section.Duration("BlobScanInterval", default, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
            GracePeriod = section.Duration("GracePeriod", defaults.GracePeriod, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            CancellationPeriod = section.Duration(
                "CancellationPeriod", defaults.CancellationPeriod, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            ReceivePeriod = section.Duration("ReceivePeriod", defaults.ReceivePeriod, TimeSpan.Zero, TimeSpan.FromMinutes(1)),
            GiveBackPeriod = section.Duration("GiveBackPeriod", defaults.GiveBackPeriod, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            PoisonPause = section.Duration("PoisonPause", defaults.PoisonPause, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)),
            DevelopmentStoragePort = section.Integer("DevelopmentStoragePort", defaults.DevelopmentStoragePort, 1, 65533),
            MetricsKey = section.Secret("MetricsKey", 16),
        };
    }
}
