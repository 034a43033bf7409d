using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Requests;

namespace PerCall.Functions.Transfers;

/// <summary>
/// Turns tickets into the last part of an address, encrypted and signed by ASP.NET's data protection, and back. All instances share the
/// keys (<see cref="TicketKeys"/>).
/// </summary>
/// <param name="protection">Null: no address leads to the service.</param>
/// <param name="time">The clock.</param>
public sealed class TransferTickets(IDataProtectionProvider? protection, TimeProvider time)
{
    private readonly IDataProtector? _protector = protection?.CreateProtector("transfers", "v1");

    public string Seal(TransferTicket ticket) => Base64Url.EncodeToString(
        _protector!.Protect(JsonSerializer.SerializeToUtf8Bytes(ticket, TransferJson.Default.TransferTicket)));

    /// <exception cref="RefusedException">403: this service did not issue the token for this purpose, or it has expired.</exception>
    public TransferTicket Open(string token, bool isWrite)
    {
        if (Read(token) is not { } ticket || ticket.IsWrite != isWrite)
        {
            throw new RefusedException(
                StatusCodes.Status403Forbidden,
                "invalid_address",
                $"This is not an address for {(isWrite ? "an upload" : "a download")} that this service has issued.");
        }

        return ticket.Expires > time.GetUtcNow() ? ticket : throw new RefusedException(
            StatusCodes.Status403Forbidden, "address_expired", "The address has expired; request a new one.");
    }

    private TransferTicket? Read(string token)
    {
        try
        {
            return _protector is null ? null : JsonSerializer.Deserialize(
                _protector.Unprotect(Base64Url.DecodeFromChars(token)), TransferJson.Default.TransferTicket);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }
}
