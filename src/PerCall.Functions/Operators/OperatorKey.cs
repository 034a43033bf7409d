using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PerCall.Functions.Operators;

/// <summary>
/// The operator's key: <c>PERCALL_ADMIN_KEY</c>. Without the setting, a key is generated at each start in development and the ready line
/// prints it; elsewhere, management is closed.
/// </summary>
public sealed class OperatorKey
{
    public const string Setting = "PERCALL_ADMIN_KEY";

    private readonly byte[]? _hash;

    public OperatorKey(IOptions<OperatorOptions> options, IHostEnvironment environment)
    {
        var key = options.Value.Key;
        if (string.IsNullOrEmpty(key) && environment.IsDevelopment())
        {
            key = Generated = $"pc_admin_{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
        }

        _hash = string.IsNullOrEmpty(key) ? null : Hash(key);
    }

    public bool IsSet => _hash is not null;

    /// <summary>The key generated at this start; null when the setting provides one.</summary>
    public string? Generated { get; }

    /// <summary>Compares in constant time.</summary>
    public bool Matches(string key) => _hash is not null && CryptographicOperations.FixedTimeEquals(_hash, Hash(key));

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
