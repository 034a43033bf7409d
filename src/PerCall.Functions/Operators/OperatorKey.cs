using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Operators;

/// <summary>
/// The operator's key of the settings: <c>PERCALL_ADMIN_KEY</c>, and during a rotation also <c>PERCALL_ADMIN_KEY_PREVIOUS</c>. It has all
/// roles. Without the first setting, a key is generated at each start in development and the ready line prints it; elsewhere, management is
/// closed.
/// </summary>
public sealed partial class OperatorKey
{
    public const string Setting = "PERCALL_ADMIN_KEY";
    public const string PreviousSetting = "PERCALL_ADMIN_KEY_PREVIOUS";

    private static readonly Operator Current = new(null, "operator", OperatorRoles.Read | OperatorRoles.Money | OperatorRoles.Manage);
    private static readonly Operator Previous = Current with { IsPrevious = true };

    private readonly byte[]? _hash;
    private readonly byte[]? _previousHash;

    public OperatorKey(IOptions<OperatorOptions> options, IHostEnvironment environment, ILogger<OperatorKey> log)
    {
        var key = options.Value.Key;
        if (string.IsNullOrEmpty(key) && environment.IsDevelopment())
        {
            key = Generated = $"pc_admin_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        }

        _hash = HashOf(key);
        if (OperatorOptions.IsReference(options.Value.PreviousKey))
        {
            // Not a reason to stop: the secret may be removed at the end of a rotation, while the setting still names it.
            LogUnresolved(log, PreviousSetting);
        }
        else
        {
            _previousHash = HashOf(options.Value.PreviousKey);
        }
    }

    public bool IsSet => _hash is not null;

    /// <summary>The key generated at this start; null when the setting provides one.</summary>
    public string? Generated { get; }

    /// <summary>Returns the operator whose key this is; null for any other text. Compares in constant time.</summary>
    public Operator? Find(string key)
    {
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return Matches(_hash, given) ? Current : Matches(_previousHash, given) ? Previous : null;
    }

    private static bool Matches(byte[]? hash, byte[] given) => hash is not null && CryptographicOperations.FixedTimeEquals(hash, given);

    private static byte[]? HashOf(string? key) => string.IsNullOrEmpty(key) ? null : SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Setting} is an unresolved Key Vault reference and is ignored. The previous operator's key is not accepted")]
    private static partial void LogUnresolved(ILogger log, string setting);
}
