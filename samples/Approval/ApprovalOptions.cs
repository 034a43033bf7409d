using System.ComponentModel.DataAnnotations;

namespace PerCall.Samples.Approval;

/// <summary>Settings, all under <c>Approval__</c> in the environment.</summary>
public sealed class ApprovalOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Approval";

    /// <summary>The address of PerCall.</summary>
    [Required]
    public Uri? Service { get; set; }

    /// <summary>A PerCall key with the role <c>call</c>.</summary>
    [Required]
    public string? Key { get; set; }

    /// <summary>The public address of this app's webhook receiver. Absent: batches are polled only.</summary>
    public Uri? WebhookUrl { get; set; }

    /// <summary>The secrets from <c>GET /v1/webhooks/secret</c>; during a rotation the old and the new one.</summary>
    public IReadOnlyList<string> WebhookSecrets { get; set; } = [];

    /// <summary>The highest price, in micro-units of the plan's currency, that needs no approval.</summary>
    [Range(0, long.MaxValue)]
    public long ApproveAbove { get; set; } = 1_000_000;

    /// <summary>How long an approval may take. PerCall keeps the file for 30 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "29.00:00:00")]
    public TimeSpan ApprovalTimeout { get; set; } = TimeSpan.FromDays(3);

    /// <summary>The wait before the first poll of a running batch. Each further wait is twice as long.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FirstPoll { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The longest wait between two polls.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestPoll { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The wait before a failed call of PerCall is repeated. Each further wait is twice as long, up to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a call of PerCall is attempted before the orchestration fails.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 12;
}
