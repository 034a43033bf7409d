using System.ComponentModel.DataAnnotations;

namespace PerCall.Functions.Webhooks;

/// <summary>Section <c>PerCall:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "PerCall:Webhooks";

    /// <summary>Maximum duration of one attempt, from the name lookup to the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Pauses after the first failed attempt, the second and so on, separated by commas, each at most 5 days. Up to a fifth is added at
    /// random. One more attempt follows the last pause.
    /// </summary>
    [Required]
    public string Retries { get; set; } = "00:00:05,00:05:00,00:30:00,02:00:00,05:00:00,10:00:00,14:00:00,20:00:00,1.00:00:00";

    /// <summary>How long an attempt and its writes to storage may take beyond `Timeout` before its instance is presumed dead.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan ClaimMargin { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a delivery may wait for its queue message before a round of chores sends another one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How many attempts one instance makes at once.</summary>
    [Range(1, 1000)]
    public int AtOnce { get; set; } = 64;

    /// <summary>
    /// How many attempts are made at once for one tenant, on all instances together. The tenant's other deliveries wait in line.
    /// </summary>
    [Range(1, 100)]
    public int AtOncePerTenant { get; set; } = 8;

    /// <summary>How many deliveries of a tenant may wait in line. Further ones are logged as `dropped` and not sent.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>How long a delivery may wait in line for its turn or for a paused target. It then fails.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "30.00:00:00")]
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromDays(5);

    /// <summary>How long deliveries stay in the log and can be sent again.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "365.00:00:00")]
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(30);
}
