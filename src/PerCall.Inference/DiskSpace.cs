namespace PerCall.Inference;

/// <summary>Distinguishes a full disk from other write errors. A full disk is temporary and not caused by the written data.</summary>
public static class DiskSpace
{
    // ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL; on Unix, .NET passes errno on: ENOSPC, and EDQUOT of Linux.
    private static readonly int[] Full = [unchecked((int)0x80070070), unchecked((int)0x80070027), 28, 122];
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    /// <summary>Whether writing failed because the disk, or a quota of it, is full.</summary>
    public static bool IsFull(IOException fault) => Full.Contains(fault.HResult);

    /// <summary>Returns the error for a full disk.</summary>
    public static ModelBusyException Refusal(Exception? fault = null) =>
        new("This instance does not have enough disk space for the files; try again later.", RetryAfter, "disk_full", fault);

    /// <summary>Runs a write to the disk, and converts a full disk to the service's error.</summary>
    /// <exception cref="ModelBusyException">The disk is full.</exception>
    public static async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (IOException e) when (IsFull(e))
        {
            throw Refusal(e);
        }
    }

    /// <summary>Checks that there is enough space before a write.</summary>
    /// <param name="folder">A folder on the disk.</param>
    /// <param name="bytes">The number of bytes to write.</param>
    /// <exception cref="ModelBusyException">There is not enough space.</exception>
    public static void Require(string folder, long bytes)
    {
        if (new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace < bytes)
        {
            throw Refusal();
        }
    }
}
