using System.Globalization;

namespace PerCall.Functions.Storage.Formats;

/// <summary>
/// The number of the format of stored rows, messages and journal lines. It grows when a reader of the previous number would misread
/// what is written. Data without a number has format 0. How a format changes: docs/operations.md.
/// </summary>
public static class StorageFormat
{
    /// <summary>The member of a row (column), a message and a journal line that holds the number.</summary>
    public const string Member = "Format";

    /// <summary>The newest format that this program reads.</summary>
    public const int Newest = 1;

    /// <summary>The oldest format that this program reads.</summary>
    public const int Oldest = Newest - 1;

    /// <summary>
    /// The format that this program writes: <see cref="Newest"/>, or in a release that only prepares a change, the one before.
    /// </summary>
    public const int Written = 1;

    /// <summary>Returns whether this program reads a format.</summary>
    /// <param name="format">The format of the data; null: the data has no number.</param>
    public static bool IsRead(int? format) => (format ?? 0) is >= Oldest and <= Newest;

    /// <summary>Throws unless this program reads the format.</summary>
    /// <param name="format">The format of the data; null: the data has no number.</param>
    /// <param name="where">What the data is, for the message, for example <c>A row of the table 'jobs'</c>.</param>
    /// <exception cref="StorageFormatException">The format is newer or older.</exception>
    public static void Require(int? format, string where)
    {
        if (!IsRead(format))
        {
            throw new StorageFormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"{where} has the storage format {format ?? 0}, and this version of the service reads the formats {Oldest} and {Newest}; "
                    + $"run {(format > Newest ? "a newer version" : "the versions in between, one after the other")}."));
        }
    }
}

/// <summary>Stored data has a format that this program does not read.</summary>
public sealed class StorageFormatException(string message) : Exception(message);
